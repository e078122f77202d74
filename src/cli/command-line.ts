/** Parses the command line: a command, and one option per variable that overrides the environment. */
import { parseArgs } from 'node:util';
import { describeVariables } from '../config/variables.ts';
import { maskCredentials } from '../openstack/masking.ts';

export const COMMANDS = {
  serve: 'start the gateway; the default command',
  schema:
    'print the schema for clients; with --federation the SDL of the subgraph, for `rover subgraph publish`, `mesh-compose` and `wgc subgraph publish`',
  check: 'make the calls of the gateway with the token in OS_TOKEN, and print what to do about failures',
} as const;

export type Command = keyof typeof COMMANDS;

/** How `check` prints its result. */
export const FORMATS = ['text', 'json'] as const;
export type Format = (typeof FORMATS)[number];

export type CommandLine =
  | {
      readonly kind: 'run';
      readonly command: Command;
      /** For the command `check`. */
      readonly format: Format;
      readonly overrides: Readonly<Record<string, string>>;
      /** For the command `schema`: the SDL of the subgraph. */
      readonly federation: boolean;
    }
  | { readonly kind: 'help' }
  | { readonly kind: 'version' }
  | { readonly kind: 'wrong'; readonly problem: string };

/** The command of each option that belongs to one. */
const COMMAND_OF: Readonly<Record<string, Command>> = { federation: 'schema', format: 'check' };

/** The option of a variable: `GLANCE_URL` is `--glance-url`. */
export const optionOf = (variable: string) => variable.toLowerCase().replaceAll('_', '-');

export function readCommandLine(args: readonly string[]): CommandLine {
  const variables = describeVariables().filter(({ secret }) => !secret);
  const flags = {
    help: { type: 'boolean', short: 'h' },
    version: { type: 'boolean' },
    federation: { type: 'boolean' },
  } as const;
  const texts = ['format', ...variables.map(({ name }) => optionOf(name))];
  const options = { ...flags, ...Object.fromEntries(texts.map((name) => [name, { type: 'string' } as const])) };
  // Its own errors explain how to quote arguments instead of what is accepted.
  const { values, positionals, tokens } = parseArgs({
    args: [...args],
    options,
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  for (const token of tokens) {
    const problem = token.kind === 'option' ? optionProblem(token, Object.keys(flags), texts) : null;
    if (problem !== null) return { kind: 'wrong', problem };
  }
  if (values.help === true) return { kind: 'help' };
  if (values.version === true) return { kind: 'version' };
  const [command = 'serve', ...others] = positionals;
  if (!isCommand(command) || others.length > 0) {
    return {
      kind: 'wrong',
      problem: `"${maskCredentials(positionals.join(' '))}" is not a command; expected one of ${LISTED_COMMANDS}`,
    };
  }
  const foreign = Object.keys(values).find((name) => (COMMAND_OF[name] ?? command) !== command);
  if (foreign !== undefined) {
    return { kind: 'wrong', problem: `--${foreign} is an option of ${COMMAND_OF[foreign]}, not of ${command}` };
  }
  const format = FORMATS.find((name) => name === (values.format ?? 'text'));
  if (format === undefined) {
    return { kind: 'wrong', problem: `--format is "${values.format}"; expected ${FORMATS.join(' or ')}` };
  }
  const overrides = variables.flatMap(({ name }) => {
    const value = values[optionOf(name)];
    return typeof value === 'string' ? [[name, value] as const] : [];
  });
  const federation = values.federation === true;
  return { kind: 'run', command, format, overrides: Object.fromEntries(overrides), federation };
}

const LISTED_COMMANDS = Object.keys(COMMANDS).join(', ');

function isCommand(word: string): word is Command {
  return Object.hasOwn(COMMANDS, word);
}

interface OptionToken {
  readonly name: string;
  readonly rawName: string;
  readonly value: string | undefined;
  readonly inlineValue: boolean | undefined;
}

/** What is wrong with an option, or null. */
function optionProblem(
  { name, rawName, value, inlineValue = false }: OptionToken,
  flags: readonly string[],
  texts: readonly string[],
): string | null {
  if (flags.includes(name)) return inlineValue ? `${rawName} takes no value` : null;
  if (!texts.includes(name)) return unknownOption(name, rawName, [...flags, ...texts]);
  const isMissing = value === undefined || (!inlineValue && value.startsWith('--'));
  return isMissing ? `${rawName} needs a value, as in ${rawName}=VALUE` : null;
}

function unknownOption(name: string, rawName: string, known: readonly string[]): string {
  const secret = describeVariables().find((variable) => variable.secret && optionOf(variable.name) === name);
  if (secret !== undefined) {
    return `${rawName} is not an option: others on this machine can read a command line. Set the environment variable ${secret.name}`;
  }
  const [closest] = known
    .map((candidate) => ({ candidate, distance: editDistance(name, candidate) }))
    .sort((a, b) => a.distance - b.distance);
  const isClose = closest !== undefined && closest.distance <= 2 && name.length > 2;
  return `${rawName} is not an option${isClose ? `; did you mean --${closest.candidate}?` : ''}`;
}

/** The insertions, deletions and replacements of characters that make `a` of `b`. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const replaced = (previous[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1);
      current.push(Math.min(replaced, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}
