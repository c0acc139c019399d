import { z } from 'zod'

/** Where something listens; `contract/address.ts` reads it. An IPv6 address is in brackets. */
export const hostPort = z.string().regex(/^[^\s]+:\d{1,5}$/, 'expected host:port')
