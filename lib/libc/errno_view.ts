/** Where this thread's errno lies in memory, as `errno_view[0]`. */
export type ErrnoView = Int32Array<ArrayBuffer>;

/**
 * Maps this thread's errno, so that reading it is a load from memory and not a call that could change it.
 *
 * Read it on the line after a synchronous call that failed; after a `nonblocking` one it tells nothing, as that ran on another
 * thread. The view borrows the thread's memory: it must not be given to another thread.
 *
 * @param location What `__errno_location()` returned on this thread.
 * @returns A view of one number.
 * @throws {TypeError} If the location is null.
 */
export function viewErrno(location: Deno.PointerValue): ErrnoView {
  if (location === null) throw new TypeError("Cannot find errno: it is null");
  return new Int32Array(
    Deno.UnsafePointerView.getArrayBuffer(
      location,
      Int32Array.BYTES_PER_ELEMENT,
    ),
  );
}
