/** The command line: which command, and options that override the environment, one for each variable. */
import { parseArgs } from 'node:util';
import { describeVariables } from './config/variables.ts';

const COMMANDS = {
  serve: 'serve GraphQL; the command when none is given',
  schema: 'print the SDL of the subgraph, for `rover subgraph publish`, `mesh-compose` and `wgc subgraph publish`',
  check: 'ask every region each of the calls with the token of OS_TOKEN, and say what to do about what fails',
} as const;

export type Command = keyof typeof COMMANDS;

export type CommandLine =
  | { readonly kind: 'run'; readonly command: Command; readonly overrides: Readonly<Record<string, string>> }
  | { readonly kind: 'help' }
  | { readonly kind: 'wrong'; readonly problem: string };

/** The option of a variable: `GLANCE_URL` is `--glance-url`. */
const optionOf = (variable: string) => variable.toLowerCase().replaceAll('_', '-');

export function readCommandLine(args: readonly string[]): CommandLine {
  const names = describeVariables().flatMap(({ name, secret }) => (secret ? [] : [name]));
  const options: Record<string, { type: 'string' } | { type: 'boolean'; short: string }> = {
    help: { type: 'boolean', short: 'h' },
  };
  for (const name of names) options[optionOf(name)] = { type: 'string' };
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
    if (values.help === true) return { kind: 'help' };
    const [command = 'serve', ...others] = positionals;
    if (!isCommand(command) || others.length > 0) {
      const problem = `"${positionals.join(' ')}" is no command; accepted is one of ${Object.keys(COMMANDS).join(', ')}`;
      return { kind: 'wrong', problem };
    }
    const overrides = names.flatMap((name) => {
      const value = values[optionOf(name)];
      return typeof value === 'string' ? [[name, value] as const] : [];
    });
    return { kind: 'run', command, overrides: Object.fromEntries(overrides) };
  } catch (error) {
    return { kind: 'wrong', problem: error instanceof Error ? error.message : String(error) };
  }
}

function isCommand(word: string): word is Command {
  return Object.hasOwn(COMMANDS, word);
}

export function helpText(): string {
  const commands = Object.entries(COMMANDS).map(([name, meaning]) => `  ${name.padEnd(8)}${meaning}`);
  const variables = describeVariables().flatMap(({ name, meaning, accepted, default: fallback, secret }) => [
    secret ? `  ${name}, as a variable alone` : `  --${optionOf(name)} (${name})`,
    `      ${meaning}.`,
    `      Accepted: ${accepted}.${fallback === null ? '' : ` Default: ${fallback}.`}`,
  ]);
  return `glance-graphql [command] [options]: a GraphQL gateway over OpenStack Glance's discovery calls

Commands:
${commands.join('\n')}

Options, each also an environment variable, which it overrides:
  --help, -h
      Show this.
${variables.join('\n')}
`.replaceAll('`', "'");
}
