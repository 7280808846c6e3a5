/**
 * The rules of this project that `deno lint` does not have: who may import
 * whom, what belongs where, how big things get. `deno.json` names this file.
 *
 * @module
 */
import {
  enumRule,
  exportAllRule,
  fileNameRule,
  namingRule,
} from "./lint/form_rules.ts";
import { importRule } from "./lint/import_rule.ts";
import {
  nativeRule,
  oldestDenoRule,
  pureRule,
  quietRule,
} from "./lint/place_rules.ts";
import {
  fileSizeRule,
  functionSizeRule,
  parametersRule,
} from "./lint/size_rules.ts";

/** Every rule, as `nflog/NAME` in reports and in `deno-lint-ignore`. */
const plugin: Deno.lint.Plugin = {
  name: "nflog",
  rules: {
    "enum": enumRule,
    "export-all": exportAllRule,
    "file-name": fileNameRule,
    "file-size": fileSizeRule,
    "function-size": functionSizeRule,
    "import": importRule,
    "naming": namingRule,
    "native": nativeRule,
    "oldest-deno": oldestDenoRule,
    "parameters": parametersRule,
    "pure": pureRule,
    "quiet": quietRule,
  },
};

export default plugin;
