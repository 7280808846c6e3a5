/**
 * The last messages that a receiver got, in so many bytes of memory.
 *
 * @module
 */
export {
  type MessageInfo,
  MessageWindow,
  type ReadLimit,
  type WindowOptions,
  type WindowState,
} from "./message_window.ts";
export { type WindowLoan, WindowReader } from "./window_reader.ts";
