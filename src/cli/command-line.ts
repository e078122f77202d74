/** Parses the command line: a command, and one option per variable that overrides the environment. */
import { parseArgs } from 'node:util';
import { describeVariables } from '../config/variables.ts';

const COMMANDS = {
  serve: 'start the gateway; the default command',
  schema:
    'print the schema for clients; with --federation the SDL of the subgraph, for `rover subgraph publish`, `mesh-compose` and `wgc subgraph publish`',
  check: 'make each discovery call in every region with the token in OS_TOKEN, and give advice on failures',
} as const;

export type Command = keyof typeof COMMANDS;

export type CommandLine =
  | {
      readonly kind: 'run';
      readonly command: Command;
      readonly overrides: Readonly<Record<string, string>>;
      /** For the command `schema`: the SDL of the subgraph. */
      readonly federation: boolean;
    }
  | { readonly kind: 'help' }
  | { readonly kind: 'wrong'; readonly problem: string };

/** The option of a variable: `GLANCE_URL` is `--glance-url`. */
const optionOf = (variable: string) => variable.toLowerCase().replaceAll('_', '-');

export function readCommandLine(args: readonly string[]): CommandLine {
  const names = describeVariables().flatMap(({ name, secret }) => (secret ? [] : [name]));
  const options: Record<string, { type: 'string' } | { type: 'boolean'; short?: string }> = {
    help: { type: 'boolean', short: 'h' },
    federation: { type: 'boolean' },
  };
  for (const name of names) options[optionOf(name)] = { type: 'string' };
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
    if (values.help === true) return { kind: 'help' };
    const [command = 'serve', ...others] = positionals;
    if (!isCommand(command) || others.length > 0) {
      const expected = Object.keys(COMMANDS).join(', ');
      return { kind: 'wrong', problem: `"${positionals.join(' ')}" is not a command; expected one of ${expected}` };
    }
    const federation = values.federation === true;
    if (federation && command !== 'schema') {
      return { kind: 'wrong', problem: `--federation is an option of the command schema, not of ${command}` };
    }
    const overrides = names.flatMap((name) => {
      const value = values[optionOf(name)];
      return typeof value === 'string' ? [[name, value] as const] : [];
    });
    return { kind: 'run', command, overrides: Object.fromEntries(overrides), federation };
  } catch (error) {
    return { kind: 'wrong', problem: error instanceof Error ? error.message : String(error) };
  }
}

function isCommand(word: string): word is Command {
  return Object.hasOwn(COMMANDS, word);
}

export function helpText(): string {
  const commands = Object.entries(COMMANDS).map(([name, meaning]) => `  ${name.padEnd(8)}${meaning}`);
  const variables = describeVariables().flatMap(({ name, meaning, expected, default: defaultText, secret }) => [
    secret ? `  ${name} (environment variable only)` : `  --${optionOf(name)} (${name})`,
    `      ${meaning}.`,
    `      Value: ${expected}.${defaultText === null ? '' : ` Default: ${defaultText}.`}`,
  ]);
  return `glance-graphql [command] [options]: a GraphQL gateway over OpenStack Glance's discovery calls

Commands:
${commands.join('\n')}

Options. Each overrides the environment variable in parentheses:
  --help, -h
      Show this help.
  --federation
      With the command schema: print the SDL of the subgraph.
${variables.join('\n')}
`.replaceAll('`', "'");
}
