/**
 * The gateway as tools of the Model Context Protocol (MCP): each tool is one operation of the GraphQL schema. The server is stateless, so
 * that any instance can serve any request.
 */
import {
  type CallToolResult,
  createMcpHandler,
  fromJsonSchema,
  McpServer,
  type StandardSchemaWithJSON,
} from '@modelcontextprotocol/server';
import { assertObjectType, type GraphQLSchema, Kind, parse } from 'graphql';
import { FIT_SCHEMA, type FitInput, imageFit, type Quotas } from './image-fit.ts';
import { type JsonSchema, objectSchema } from './json-schema.ts';
import { ACCESS, QUOTA, REGIONS, STORE_DETAILS, type ToolOperation, UPLOAD_OPTIONS } from './operations.ts';
import { type Data, type GraphqlBody, RESULT_PROPERTIES, toToolResult } from './results.ts';

/** Executes an operation for the caller of the request. */
export type RunOperation = (document: string, variables: Data) => Promise<GraphqlBody>;

export interface McpResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
}

/** @throws the internal error of a tool */
export type HandleMcp = (request: Request, run: RunOperation) => Promise<McpResponse>;

export interface McpOptions {
  readonly schema: GraphQLSchema;
  /** The schema that clients see; null where it is not published. */
  readonly sdl: string | null;
  readonly version: string;
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

type CallTool = (tool: Tool, input: ToolInput) => Promise<CallToolResult>;

const INSTRUCTIONS =
  'Reports what the user can do with virtual machine images in an OpenStack cloud, by its Image service (Glance): ways to create an ' +
  'image, stores, quotas and regions. It does not list or change images. Every tool only reads, with the Keystone token of the user ' +
  'that is configured as a header of this server. A cloud has regions; without `region` a tool reports on the default one.';

const SCHEMA_URI = 'glance-graphql://schema.graphql';

const REGION: JsonSchema = {
  type: 'string',
  description: 'The id of a region, as `list_regions` reports it. Without it: the default region.',
  minLength: 1,
  maxLength: 255,
};
const SIZE_BYTES: JsonSchema = {
  type: 'integer',
  description: 'The size of an image that is to be created, in bytes (1 GiB is 1073741824).',
  minimum: 0,
  maximum: Number.MAX_SAFE_INTEGER,
};

export function createMcp({ schema, sdl, version }: McpOptions): HandleMcp {
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

  // Nothing changes that a client could subscribe to.
  const fixed = { listChanged: false };
  const capabilities = { tools: fixed, ...(sdl !== null && { resources: fixed }) };

  function createServer(call: CallTool): McpServer {
    const server = new McpServer({ name: 'glance-graphql', version }, { instructions: INSTRUCTIONS, capabilities });
    for (const tool of tools) registerTool(server, tool, call);
    if (sdl !== null) registerSchema(server, sdl);
    return server;
  }

  return async (request, run) => {
    const internalErrors: unknown[] = [];
    const call: CallTool = (tool, input) =>
      callTool(tool, input, run).catch((error: unknown) => {
        internalErrors.push(error);
        throw error;
      });
    const response = await createMcpHandler(() => createServer(call), { maxSubscriptions: 0 }).fetch(request);
    const body = await response.text();
    // The SDK puts the message into the result, where an agent would read it.
    if (internalErrors.length > 0) throw internalErrors[0];
    return { status: response.status, headers: response.headers, body };
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
  const properties = { ...data.properties, ...outputs, ...RESULT_PROPERTIES };
  const output = { ...data, properties, required: [...data.required, ...Object.keys(outputs), 'errors'] };
  return {
    ...operation,
    inputSchema: fromJsonSchema({ type: 'object', properties: inputs, additionalProperties: false }),
    outputSchema: fromJsonSchema(output),
  };
}

function registerTool(server: McpServer, tool: Tool, call: CallTool): void {
  const { title, description, inputSchema, outputSchema } = tool;
  const annotations = { title, readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false };
  const configuration = { title, description, inputSchema, outputSchema, annotations };
  server.registerTool(tool.tool, configuration, (input) => call(tool, input));
}

async function callTool({ document, extra }: Tool, input: ToolInput, run: RunOperation): Promise<CallToolResult> {
  const { region } = input;
  const body = await run(document, region === undefined ? {} : { region });
  return toToolResult(body, body.data ? extra?.(body.data, input) : {});
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

/** Scopes with the usage of a project. */
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
