import type { RegistryAddress } from '../../../embedded/components/registry.ts'
import type { FakeHarbor } from '../../fakes/harbor/harbor.ts'
import { type Farm, startFarm, type StartFarmOptions } from '../../farm.ts'
import { startReadyHarbor } from './ready-harbor.ts'

/** The real farm, whose registry is a fake Harbor. */
export interface HarborFarm extends Farm {
  readonly harbor: FakeHarbor
  /** The login of the farm, at the address that it has. */
  readonly robot: RegistryAddress
}

export interface StartHarborFarmOptions extends StartFarmOptions {
  /** @returns the address by which the farm reaches the Harbor at `url`: that of what stands in between. */
  readonly reachBy?: (url: URL) => Promise<URL>
}

export async function startHarborFarm(options: StartHarborFarmOptions = {}): Promise<HarborFarm> {
  await using stack = new AsyncDisposableStack()
  const { harbor, robot: login } = stack.use(await startReadyHarbor({ base: true }))
  const url = (await options.reachBy?.(harbor.url)) ?? harbor.url
  const robot = { ...login, url: url.href, host: url.host }
  const farm = stack.use(
    await startFarm({
      ...options,
      environment: {
        KILN_REGISTRY_URL: robot.url,
        KILN_REGISTRY_USERNAME: robot.username,
        KILN_REGISTRY_PASSWORD: robot.password,
        ...options.environment,
      },
    }),
  )
  const owned = stack.move()
  return { ...farm, harbor, robot, [Symbol.asyncDispose]: async () => owned.disposeAsync() }
}
