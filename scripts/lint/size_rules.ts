import { projectPath } from "./layers.ts";

/** Lines of code that a file may have; blank lines and comments do not count. */
export const FILE_LINES = 200;
/** Lines of code that a function may have. */
export const FUNCTION_LINES = 40;
/** Parameters that a function may have, one of options among them. */
export const PARAMETERS = 3;

type AnyFunction =
  | Deno.lint.FunctionDeclaration
  | Deno.lint.FunctionExpression
  | Deno.lint.ArrowFunctionExpression;

/** Whether the limits hold here: a test file is a list, as long as it must be. */
function limited(context: Deno.lint.RuleContext): boolean {
  const path = projectPath(context.filename);
  return path !== undefined && !/_(test|bench)\.ts$/.test(path);
}

/** Blanks out comments and leaves every other character where it was. */
function withoutComments(context: Deno.lint.RuleContext): string {
  const { text } = context.sourceCode;
  let code = "";
  for (const { range: [start, end] } of context.sourceCode.getAllComments()) {
    code += text.slice(code.length, start);
    code += text.slice(start, end).replace(/[^\n]/g, " ");
  }
  return code + text.slice(code.length);
}

/** Counts the lines of `code` that are not blank. */
function countLines(code: string): number {
  return code.split("\n").filter((line) => line.trim() !== "").length;
}

/** At most {@linkcode FILE_LINES} lines of code a file. */
export const fileSizeRule: Deno.lint.Rule = {
  create(context): Deno.lint.LintVisitor {
    if (!limited(context)) return {};
    return {
      "Program:exit"(node): void {
        const lines = countLines(withoutComments(context));
        if (lines <= FILE_LINES) return;
        const message =
          `${lines} lines of code, ${FILE_LINES} at most: look for the second noun`;
        context.report({ node, message });
      },
    };
  },
};

/** At most {@linkcode FUNCTION_LINES} lines of code a function. */
export const functionSizeRule: Deno.lint.Rule = {
  create(context): Deno.lint.LintVisitor {
    if (!limited(context)) return {};
    let code: string | undefined;
    const check = (node: AnyFunction): void => {
      code ??= withoutComments(context);
      const lines = countLines(code.slice(...node.range));
      if (lines <= FUNCTION_LINES) return;
      const message =
        `${lines} lines of code in one function, ${FUNCTION_LINES} at most`;
      context.report({ node, message });
    };
    return {
      FunctionDeclaration: check,
      FunctionExpression: check,
      ArrowFunctionExpression: check,
    };
  },
};

/**
 * At most {@linkcode PARAMETERS} parameters: two things, and options. Holds for
 * what others call; a private function on a hot path may take its numbers bare.
 */
export const parametersRule: Deno.lint.Rule = {
  create(context): Deno.lint.LintVisitor {
    const check = (node: AnyFunction): void => {
      if (node.params.length <= PARAMETERS) return;
      const message =
        `${node.params.length} parameters, ${PARAMETERS} at most: use an options object`;
      context.report({ node, message });
    };
    return {
      ExportNamedDeclaration({ declaration }): void {
        if (declaration?.type === "FunctionDeclaration") check(declaration);
      },
      MethodDefinition(node): void {
        if (node.key.type === "PrivateIdentifier") return;
        if (node.accessibility === "private") return;
        if (node.value.type === "FunctionExpression") check(node.value);
      },
    };
  },
};
