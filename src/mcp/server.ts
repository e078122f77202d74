/**
 * The gateway as tools of the Model Context Protocol (MCP): each tool is one operation of the GraphQL schema. The server is stateless, so
 * that any instance can answer any request.
 */
import { createMcpHandler, fromJsonSchema, McpServer, type StandardSchemaWithJSON } from '@modelcontextprotocol/server';
import { assertObjectType, type GraphQLSchema, Kind, parse } from 'graphql';
import { FIT_SCHEMA, type FitInput, imageFit, type Quotas } from './image-fit.ts';
import { type JsonSchema, objectSchema } from './json-schema.ts';
import { ACCESS, QUOTA, REGIONS, STORE_DETAILS, type ToolOperation, UPLOAD_OPTIONS } from './operations.ts';
import { isTrustedOrigin } from './origin.ts';
import { type Data, ERRORS_SCHEMA, type GraphqlBody, toToolResult } from './results.ts';

/** Executes an operation for the caller of the request. */
export type RunOperation = (document: string, variables: Data) => Promise<GraphqlBody>;

export interface Mcp {
  /** Answers one HTTP request. */
  handle(request: Request, run: RunOperation): Promise<Response>;
  isTrustedOrigin(origin: string | undefined, host: string | undefined): boolean;
}

export interface McpOptions {
  readonly schema: GraphQLSchema;
  /** The schema that clients see; null where it is not published. */
  readonly sdl: string | null;
  readonly version: string;
  readonly corsOrigins: readonly string[];
}

interface ToolInput {
  readonly region?: string;
  readonly sizeBytes?: number;
}

interface Tool extends ToolOperation {
  readonly inputSchema: StandardSchemaWithJSON<ToolInput, ToolInput>;
  readonly outputSchema: StandardSchemaWithJSON;
  /** What is added to the data. */
  extra?(data: Data, input: ToolInput): Data;
}

const INSTRUCTIONS =
  'Tells what can be done with images in an OpenStack cloud: import methods, stores, quotas and regions. All tools only read. ' +
  "They use the caller's own Keystone token, which is sent with every request as `X-Auth-Token`.";

const SCHEMA_URI = 'glance-graphql://schema.graphql';

const REGION: JsonSchema = {
  type: 'string',
  description: 'The id of a region, from `list_regions`. Default: the default region of the gateway.',
  minLength: 1,
  maxLength: 255,
};
const SIZE_BYTES: JsonSchema = {
  type: 'integer',
  description: 'The size of an image, in bytes.',
  minimum: 0,
  maximum: Number.MAX_SAFE_INTEGER,
};

export function createMcp({ schema, sdl, version, corsOrigins }: McpOptions): Mcp {
  const tools: readonly Tool[] = [
    createTool(schema, UPLOAD_OPTIONS, { region: REGION }),
    {
      ...createTool(schema, QUOTA, { region: REGION, sizeBytes: SIZE_BYTES }, { fit: FIT_SCHEMA }),
      extra: (data, { sizeBytes }) => ({ fit: sizeBytes === undefined ? null : imageFit(sizeBytes, fitInputOf(data)) }),
    },
    createTool(schema, REGIONS, {}),
    createTool(schema, STORE_DETAILS, { region: REGION }),
    createTool(schema, ACCESS, {}),
  ];

  function createServer(run: RunOperation): McpServer {
    const server = new McpServer({ name: 'glance-graphql', version }, { instructions: INSTRUCTIONS });
    for (const tool of tools) registerTool(server, tool, run);
    if (sdl !== null) registerSchema(server, sdl);
    return server;
  }

  // Nothing changes that a client could subscribe to.
  const options = { maxSubscriptions: 0 };
  return {
    handle: (request, run) => createMcpHandler(() => createServer(run), options).fetch(request),
    isTrustedOrigin: (origin, host) => isTrustedOrigin(origin, host, corsOrigins),
  };
}

function createTool(
  schema: GraphQLSchema,
  operation: ToolOperation,
  inputs: Readonly<Record<string, JsonSchema>>,
  outputs: Readonly<Record<string, JsonSchema>> = {},
): Tool {
  const definition = parse(operation.document).definitions[0];
  if (definition?.kind !== Kind.OPERATION_DEFINITION) throw new Error(`${operation.tool} has no operation`);
  const data = objectSchema(assertObjectType(schema.getQueryType()), definition.selectionSet);
  const properties = { ...data.properties, ...outputs, errors: ERRORS_SCHEMA };
  const output = { ...data, properties, required: Object.keys(properties) };
  return {
    ...operation,
    inputSchema: fromJsonSchema({ type: 'object', properties: inputs, additionalProperties: false }),
    outputSchema: fromJsonSchema(output),
  };
}

function registerTool(server: McpServer, tool: Tool, run: RunOperation): void {
  const { title, description, document, inputSchema, outputSchema, extra } = tool;
  const annotations = { title, readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false };
  server.registerTool(tool.tool, { title, description, inputSchema, outputSchema, annotations }, async (input) => {
    const { region } = input;
    const body = await run(document, region === undefined ? {} : { region });
    return toToolResult(body, body.data ? extra?.(body.data, input) : {});
  });
}

function registerSchema(server: McpServer, sdl: string): void {
  const mimeType = 'application/graphql';
  const description = 'The GraphQL schema behind the tools, with the meaning of every field.';
  server.registerResource(
    'schema',
    SCHEMA_URI,
    { title: 'GraphQL schema', description, mimeType },
    async ({ href }) => ({
      contents: [{ uri: href, mimeType, text: sdl }],
    }),
  );
}

/** Scopes whose usage is that of a project. */
const PROJECT_SCOPES: ReadonlySet<unknown> = new Set(['PROJECT', 'UNKNOWN']);

/** @param data of the operation `QUOTA` */
function fitInputOf(data: Data): FitInput {
  const { info }: QuotaData = data;
  const usage = info?.usage ?? null;
  const isOfProject = usage !== null && PROJECT_SCOPES.has(usage.scope);
  return { quotas: isOfProject ? usage : null, stores: info?.stores ?? null };
}

interface QuotaData {
  readonly info?: {
    readonly usage: (Quotas & { readonly scope: string }) | null;
    readonly stores: FitInput['stores'];
  } | null;
}
