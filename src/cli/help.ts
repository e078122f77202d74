/** The texts of `--help` and `--version`. */
import { describeVariables } from '../config/variables.ts';
import { VERSION } from '../version.ts';
import { COMMANDS, FORMATS, optionOf } from './command-line.ts';

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

Options:
  --help, -h
      Show this help.
  --version
      Show the version.
  --federation
      With the command schema: print the SDL of the subgraph.
  --format
      How the command check prints its result. Value: ${FORMATS.join(' or ')}. Default: ${FORMATS[0]}.

Settings. Each option overrides the environment variable in parentheses:
${variables.join('\n')}
`.replaceAll('`', "'");
}

export const versionText = () => `glance-graphql ${VERSION} on Node ${process.versions.node}\n`;
