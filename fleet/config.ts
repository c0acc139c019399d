import { parseArgs } from 'node:util'
import { z } from 'zod'
import { readGpus } from './hardware.ts'

export const usage = `npm run fleet -- [--nodes 1000] [--gpu 'H100 x8'] [--server URL] [--gateway URL | --door URL] [--slots 2] [--build-seconds 5] [--name sim]

Simulated nodes that speak the protocol of real ones and build nothing, for benches and demos. The server lets them in with
KILN_ALLOW_SIMULATED_NODES=true. KILN_TOKEN is the token of an operator. A door is where the server serves nodes elsewhere, by TLS
(KILN_NODES_LISTEN there): the nodes go there for all that they need.`

const whole = (least: number, most: number) => z.coerce.number().int().min(least).max(most)

const options = z.object({
  nodes: whole(1, 10_000).default(10),
  gpu: z.string().optional(),
  server: z.url({ protocol: /^https?$/ }).optional(),
  gateway: z.url({ protocol: /^http$/ }).optional(),
  door: z.url({ protocol: /^https$/ }).optional(),
  slots: whole(1, 64).default(2),
  'build-seconds': z.coerce.number().min(0).max(86_400).default(5),
  name: z
    .string()
    .regex(/^[a-z0-9][a-z0-9.-]{0,63}$/, 'expected lower-case letters, digits, "." and "-"')
    .default('sim'),
})

const environment = z.object({
  KILN_SERVER: z.url({ protocol: /^https?$/ }).default('http://127.0.0.1:8080'),
  KILN_GATEWAY_URL: z.url({ protocol: /^http$/ }).default('http://127.0.0.1:7234'),
  KILN_DOOR: z.url({ protocol: /^https$/ }).optional(),
  KILN_TEMPORAL_NAMESPACE: z.string().min(1).default('kiln'),
  KILN_TOKEN: z.string().optional(),
})

/** @throws an error that names what is wrong. */
export function readConfig(
  args: readonly string[],
  env: Record<string, string | undefined> = process.env,
) {
  const names = Object.keys(options.shape)
  const { values } = parseArgs({
    args: [...args],
    options: Object.fromEntries(names.map((name) => [name, { type: 'string' as const }])),
  })
  const given = options.parse(values)
  const e = environment.parse(env)
  const gpus = given.gpu === undefined ? undefined : readGpus(given.gpu)
  if (given.gpu !== undefined && gpus === undefined) {
    throw new Error(`--gpu ${given.gpu}: expected a card and how many, such as "H100 x8"`)
  }
  return {
    nodes: given.nodes,
    prefix: given.name,
    server: new URL(given.server ?? e.KILN_SERVER),
    gateway: new URL(given.gateway ?? e.KILN_GATEWAY_URL).host,
    door: doorOf(given.door ?? e.KILN_DOOR),
    namespace: e.KILN_TEMPORAL_NAMESPACE,
    slots: given.slots,
    buildMs: given['build-seconds'] * 1000,
    gpus,
    operatorToken: e.KILN_TOKEN,
  } as const
}

function doorOf(url: string | undefined): URL | undefined {
  return url === undefined ? undefined : new URL(url)
}
