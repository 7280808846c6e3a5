import { projectPath } from "./layers.ts";

/** No `export *`: what a module offers is written out. */
export const exportAllRule: Deno.lint.Rule = {
  create(context): Deno.lint.LintVisitor {
    return {
      ExportAllDeclaration(node): void {
        const message = "Name what is exported instead of `export *`";
        context.report({ node, message });
      },
    };
  },
};

/** No enum: fixed sets are string unions or `as const` objects. */
export const enumRule: Deno.lint.Rule = {
  create(context): Deno.lint.LintVisitor {
    return {
      TSEnumDeclaration(node): void {
        const message = "Use a string union or an `as const` object, not enum";
        context.report({ node, message });
      },
    };
  },
};

const FILE_NAME = /^([a-z][a-z0-9]*(_[a-z0-9]+)*)\.ts$/;
const VAGUE = new Set(["utils.ts", "util.ts", "helpers.ts", "common.ts"]);

/** Files are snake_case and say what is in them. */
export const fileNameRule: Deno.lint.Rule = {
  create(context): Deno.lint.LintVisitor {
    const path = projectPath(context.filename);
    const name = path?.split("/").at(-1);
    if (name === undefined) return {};
    if (FILE_NAME.test(name) && !VAGUE.has(name)) return {};
    return {
      Program(node): void {
        const message = `Name ${name} in snake_case after its main export`;
        context.report({ node, message });
      },
    };
  },
};

const CAMEL = /^_?[A-Za-z][A-Za-z0-9]*$|^_$/;
const CONSTANT = /^[A-Z][A-Z0-9_]*$/;

/**
 * Variables, functions and parameters are camelCase, types PascalCase,
 * constants UPPER_CASE. Property names are free: the ledger's names are those
 * of the JSON file, and symbol tables have C names.
 */
export const namingRule: Deno.lint.Rule = {
  create(context): Deno.lint.LintVisitor {
    const check = (
      node: Deno.lint.Node | Deno.lint.Parameter | null,
    ): void => {
      if (node?.type !== "Identifier") return;
      if (CAMEL.test(node.name) || CONSTANT.test(node.name)) return;
      const message = `Name ${node.name} in camelCase`;
      context.report({ node, message });
    };
    const checkFunction = (
      node:
        | Deno.lint.FunctionDeclaration
        | Deno.lint.FunctionExpression
        | Deno.lint.ArrowFunctionExpression,
    ): void => {
      if ("id" in node) check(node.id);
      for (const parameter of node.params) check(parameter);
    };
    return {
      VariableDeclarator: (node): void => check(node.id),
      ClassDeclaration: (node): void => check(node.id),
      TSInterfaceDeclaration: (node): void => check(node.id),
      TSTypeAliasDeclaration: (node): void => check(node.id),
      FunctionDeclaration: checkFunction,
      FunctionExpression: checkFunction,
      ArrowFunctionExpression: checkFunction,
    };
  },
};
