import { readFileSync } from 'node:fs';
import type { Names } from './names.ts';

/** What stands for the words of a template: `depots`, `crate`, `crates`, `layer`, `layers`. */
export type Words = Readonly<
  Partial<Record<'depots' | 'crate' | 'crates' | 'layer' | 'layers', Names>>
>;

const TOKEN =
  /snake\((\w+)\)|depots|Depots|DEPOTS|crates?|Crates?|CRATES?|layers?|Layers?|LAYERS?/g;

/**
 * A template with its words replaced. Templates are written for a service `depots` of crates, so that they read as the code they
 * become: `Crate` is a type, `CRATE` a constant, `crate` a variable; beside a dash, a slash or a quote, and in
 * comments, it is a name with dashes; `snake(crate)` is stored.
 */
export function renderTemplate(
  name: string,
  words: Words,
  blanks: Readonly<Record<string, string>> = {},
): string {
  const template = readFileSync(new URL(`../templates/${name}.template`, import.meta.url), 'utf8');
  const rendered = template
    .split('\n')
    .map((line) => renderLine(line, words))
    .join('\n');
  return Object.entries(blanks).reduce(
    (text, [blank, value]) => text.replaceAll(blank, value),
    rendered,
  );
}

function renderLine(line: string, words: Words): string {
  const isProse = /^\s*(\*|\/\/|\/\*\*|summary:|test\(|#)/.test(line);
  return line.replaceAll(TOKEN, (token: string, snake: string | undefined, at: number) => {
    const names = words[(snake ?? token).toLowerCase() as keyof Words];
    if (names === undefined) return token;
    if (snake !== undefined) return names.snake;
    if (token === token.toUpperCase()) return names.constant;
    if (token.charAt(0) !== token.charAt(0).toLowerCase()) return names.pascal;
    const before = line.charAt(at - 1);
    const behind = line.charAt(at + token.length);
    const isName = behind === '-' || /['"`/-]/.test(before) || (isProse && !/[A-Z]/.test(behind));
    return isName ? names.kebab : names.camel;
  });
}
