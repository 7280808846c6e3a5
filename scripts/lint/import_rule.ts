import {
  folderOf,
  MAY_IMPORT,
  mayImport,
  PACKAGES,
  projectPath,
} from "./layers.ts";

/** A statement or expression that names another module. */
interface Reference {
  /** Where to report. */
  node: Deno.lint.Node;
  /** The specifier as written. */
  specifier: string;
  /** Whether only types come of it. */
  typeOnly: boolean;
}

/** Resolves `../x.ts` against the folder of `path`, both project-relative. */
function resolve(path: string, specifier: string): string {
  return new URL(specifier, `file:///${path}`).pathname.slice(1);
}

/** Says what is wrong with one import, or undefined. */
function complaint(path: string, reference: Reference): string | undefined {
  const { specifier, typeOnly } = reference;
  const from = folderOf(path);
  if (MAY_IMPORT[from] === undefined) {
    return `${from} is not in the table of scripts/lint/layers.ts: say there what it may import`;
  }
  if (specifier.startsWith("node:")) return undefined;
  if (!specifier.startsWith(".")) {
    const name = specifier.split("/").slice(0, 2).join("/");
    if (PACKAGES[name]?.includes(from)) return undefined;
    return `${from} may not import the package ${specifier}`;
  }
  const target = resolve(path, specifier);
  const folder = folderOf(target);
  const to = folder === "tests" && from !== "tests" ? target : folder;
  if (mayImport(from, to, { typeOnly })) return undefined;
  return `${from} may not import ${target}: see scripts/lint/layers.ts`;
}

/** Holds the layers: each folder imports itself and what the table allows it. */
export const importRule: Deno.lint.Rule = {
  create(context): Deno.lint.LintVisitor {
    const path = projectPath(context.filename);
    if (path === undefined) return {};
    const check = (reference: Reference): void => {
      const message = complaint(path, reference);
      if (message !== undefined) {
        context.report({ node: reference.node, message });
      }
    };
    return {
      ImportDeclaration(node): void {
        const specifier = node.source.value;
        const typeOnly = node.importKind === "type";
        check({ node, specifier, typeOnly });
      },
      ExportNamedDeclaration(node): void {
        if (node.source === null) return;
        const typeOnly = node.exportKind === "type";
        check({ node, specifier: node.source.value, typeOnly });
      },
      ExportAllDeclaration(node): void {
        check({ node, specifier: node.source.value, typeOnly: false });
      },
      ImportExpression(node): void {
        const { source } = node;
        if (source.type !== "Literal") return;
        const specifier = String(source.value);
        check({ node, specifier, typeOnly: false });
      },
    };
  },
};
