import type {
  EnvironmentPlan,
  EnvironmentRef,
  EnvironmentTold,
  NodeEnvironments,
  WantedEnvironments,
} from '#contract/environment.ts'
import type { RegistryLogin } from '#contract/registry-login.ts'
import { environmentPlan, wantedEnvironments } from '#contract/wire/environment.ts'
import { registryLogin } from '#contract/wire/registry-login.ts'
import type { Call } from '../control-plane.ts'

/** What an agent asks of the server for environments. */
export interface EnvironmentControl {
  /** Begins to work on a start. @returns what it needs. */
  beginEnvironment(ref: EnvironmentRef): Promise<EnvironmentPlan>
  tellEnvironment(ref: EnvironmentRef, told: EnvironmentTold): Promise<void>
  /** Logs in to the farm's registry to read the image of a start; for no scopes, without a token. */
  logInForEnvironment(ref: EnvironmentRef, scopes: readonly string[]): Promise<RegistryLogin>
  /** The same for an image that this node is to fetch before anybody starts from it. */
  logInForImage(nodeId: string, digest: string, scopes: readonly string[]): Promise<RegistryLogin>
  /** Tells what this node has. @returns what is to become of it. */
  reconcileEnvironments(nodeId: string, has: NodeEnvironments): Promise<WantedEnvironments>
}

export function createEnvironmentControl(call: Call): EnvironmentControl {
  return {
    beginEnvironment: async (ref) =>
      environmentPlan.parse(await call('POST', `${pathOf(ref)}/begin`)),
    tellEnvironment: async (ref, told) => void (await call('POST', `${pathOf(ref)}/state`, told)),
    logInForEnvironment: async (ref, scopes) =>
      registryLogin.parse(await call('POST', `${pathOf(ref)}/registry-login`, { scopes })),
    logInForImage: async (nodeId, digest, scopes) => {
      const path = `/agent/nodes/${nodeId}/images/${digest}/registry-login`
      return registryLogin.parse(await call('POST', path, { scopes }))
    },
    reconcileEnvironments: async (nodeId, has) =>
      wantedEnvironments.parse(await call('POST', `/agent/nodes/${nodeId}/environments`, has)),
  }
}

function pathOf({ environmentId, start }: EnvironmentRef): string {
  return `/agent/environments/${environmentId}/starts/${start}`
}
