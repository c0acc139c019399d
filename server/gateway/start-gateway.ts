import { randomBytes } from 'node:crypto'
import type { TemporalAccess } from '../../temporal/temporal-access.ts'
import type { ServerDeps } from '../deps.ts'
import { type Gateway, type GatewayListen, openGateway } from './gateway.ts'
import { createIsCurrent } from './is-current.ts'
import { createUpstream } from './upstream.ts'

const keyBytes = 32

export interface GatewayOptions {
  readonly gateway: GatewayListen
  readonly temporal: TemporalAccess & { readonly address: string; readonly namespace: string }
}

/** Opens the way that nodes have to Temporal. */
export async function startGateway(
  deps: Pick<ServerDeps, 'db' | 'farmKeys' | 'nodeAuth' | 'tellRefusal'>,
  { gateway, temporal }: GatewayOptions,
): Promise<Gateway> {
  const upstream = createUpstream(temporal)
  const rules = {
    namespace: temporal.namespace,
    key: await deps.farmKeys.ensure('task-tokens', randomBytes(keyBytes)),
    isCurrent: createIsCurrent(deps.db),
  }
  const opened = await openGateway({ ...deps, ...rules, upstream }, gateway)
  return {
    ...opened,
    [Symbol.asyncDispose]: async () => {
      await opened[Symbol.asyncDispose]()
      upstream[Symbol.dispose]()
    },
  }
}
