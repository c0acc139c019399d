import { frontend } from './gateway.ts'
import type { SolveRequest } from './gen/control.ts'
import type { CacheLocation, SolveOptions } from './solve-options.ts'
import { sourcePolicy } from './source-policy.ts'

/** Without a pin a newer daemon may make another digest of the same build. */
const compatibilityVersion = 30n

/**
 * Bytes of a Dockerfile whose errors the daemon can send with all that it says of them, unless the error itself has the
 * length of a book: it sends the whole Dockerfile along, and that twice in base64.
 */
export const maxSentDockerfile = 16 * 1024

/** What the daemon is asked to solve. With a gate the frontend is played by us: see `createGateway`. */
export function solveRequest(options: SolveOptions): SolveRequest {
  return {
    ref: options.ref,
    session: options.ref,
    ...(options.gate === undefined
      ? { frontend, frontendAttrs: allFrontendAttrs(options), frontendInputs: inputsOf(options) }
      : { frontend: '', frontendAttrs: {}, frontendInputs: {} }),
    cache: {
      imports: (options.cacheImports ?? []).map(cacheEntry),
      exports: (options.cacheExports ?? []).map(cacheEntry),
    },
    entitlements: [...(options.entitlements ?? [])],
    exporters: (options.exporters ?? []).map(({ type, attrs }) => ({ type, attrs: { ...attrs } })),
    compatibilityVersion,
    internal: options.recorded === false,
    proxyNetwork: options.proxyNetwork ?? false,
    sourcePolicy: sourcePolicy(options.sourceRules ?? []),
  }
}

/** The frontend reads caches only when they are told to it as well. */
export function allFrontendAttrs(
  options: Pick<SolveOptions, 'frontendAttrs' | 'cacheImports'>,
): Record<string, string> {
  const { frontendAttrs, cacheImports = [] } = options
  if (cacheImports.length === 0) return { ...frontendAttrs }
  const entries = cacheImports.map(({ type, attrs }) => ({ Type: type, Attrs: attrs }))
  return { ...frontendAttrs, 'cache-imports': JSON.stringify(entries) }
}

export function inputsOf({ inputs = {} }: Pick<SolveOptions, 'inputs'>): Record<string, Buffer> {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, definition]) => [name, Buffer.from(definition)]),
  )
}

function cacheEntry({ type, attrs }: CacheLocation) {
  return { type, attrs: { ...attrs } }
}
