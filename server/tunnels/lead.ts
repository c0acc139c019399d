import type { HttpBindings } from '@hono/node-server'
import type { Duplex } from 'node:stream'
import type { ApiEnv } from '../access/request-scope.ts'

/** A way to something on a node, by which a request is passed on. */
export interface Lead {
  readonly stream: Duplex
  /** What is asked for there, with its query. */
  readonly path: string
  /** The part of the caller's path in front of it. */
  readonly prefix: string
  /** Its pages must not be taken for pages of this server. */
  readonly sandbox: boolean
  /** Whether the caller may still go on. */
  readonly isAllowed: () => Promise<boolean>
}

/** What routes have that pass requests on. */
export interface LeadEnv extends ApiEnv {
  Bindings: Partial<HttpBindings> & {
    /** Where the caller wants another protocol: takes the way by which it is spoken. */
    readonly upgrade?: (lead: Lead) => void
  }
}
