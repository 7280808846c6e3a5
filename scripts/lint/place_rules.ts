import { folderOf, NATIVE, projectPath, PURE } from "./layers.ts";

/** Reads `Deno.exit` and `Deno["exit"]` as "Deno.exit"; undefined otherwise. */
function memberName(node: Deno.lint.MemberExpression): string | undefined {
  if (node.object.type !== "Identifier") return undefined;
  const { property } = node;
  if (!node.computed && property.type === "Identifier") {
    return `${node.object.name}.${property.name}`;
  }
  if (property.type === "Literal") {
    return `${node.object.name}.${property.value}`;
  }
  return undefined;
}

function folder(context: Deno.lint.RuleContext): string | undefined {
  const path = projectPath(context.filename);
  return path === undefined ? undefined : folderOf(path);
}

/** Only the native folders name `Deno.dlopen` and `Deno.Unsafe*`. */
export const nativeRule: Deno.lint.Rule = {
  create(context): Deno.lint.LintVisitor {
    const place = folder(context);
    if (place === undefined || NATIVE.has(place)) return {};
    return {
      MemberExpression(node): void {
        const name = memberName(node) ?? "";
        if (!/^Deno\.(dlopen|Unsafe)/.test(name)) return;
        const message =
          `${place} may not use ${name}: only the native folders may`;
        context.report({ node, message });
      },
    };
  },
};

const CLOCKS = /^(Date\.now|performance\.\w+|Temporal\.\w+)$/;
const TIMERS = new Set(["setTimeout", "setInterval", "queueMicrotask"]);

/** Pure folders use no Deno, no clock and no timers: "now" is an argument. */
export const pureRule: Deno.lint.Rule = {
  create(context): Deno.lint.LintVisitor {
    const place = folder(context);
    if (place === undefined || !PURE.has(place)) return {};
    const report = (node: Deno.lint.Node, what: string): void => {
      context.report({ node, message: `${place} is pure: no ${what} in it` });
    };
    return {
      MemberExpression(node): void {
        const name = memberName(node) ?? "";
        if (name.startsWith("Deno.") || CLOCKS.test(name)) report(node, name);
      },
      CallExpression(node): void {
        if (node.callee.type !== "Identifier") return;
        if (TIMERS.has(node.callee.name)) report(node, node.callee.name);
      },
      NewExpression(node): void {
        if (node.callee.type !== "Identifier") return;
        if (node.callee.name === "Date" && node.arguments.length === 0) {
          report(node, "new Date() of now");
        }
      },
    };
  },
};

const ENDINGS = new Set(["Deno.exit", "Deno.exitCode", "process.exit"]);
const PRINTS = new Set(["Deno.stdout", "Deno.stderr", "Deno.args"]);

/** Below `cmd/` nothing ends the program, prints or reads its arguments. */
export const quietRule: Deno.lint.Rule = {
  create(context): Deno.lint.LintVisitor {
    const place = folder(context);
    if (!place?.startsWith("lib") && place !== "mod.ts") return {};
    return {
      MemberExpression(node): void {
        const name = memberName(node) ?? "";
        if (!ENDINGS.has(name) && !PRINTS.has(name)) return;
        const message = `${place} may not use ${name}: that is for cmd/`;
        context.report({ node, message });
      },
    };
  },
};

const NEWER = new Set(["Deno.test.each", "Deno.test.sanitizer"]);

/** What Deno 2.6 has not: the tests run there too. */
export const oldestDenoRule: Deno.lint.Rule = {
  create(context): Deno.lint.LintVisitor {
    return {
      MemberExpression(node): void {
        const { object, property } = node;
        if (object.type !== "MemberExpression") return;
        if (property.type !== "Identifier") return;
        const name = `${memberName(object)}.${property.name}`;
        if (!NEWER.has(name)) return;
        const message = `${name} is not in Deno 2.6: use a loop`;
        context.report({ node, message });
      },
    };
  },
};
