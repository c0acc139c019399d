import { randomUUID } from 'node:crypto'
import { createHarbor, type Harbor } from '../../harbor/harbor.ts'
import { type FakeHarbor, startFakeHarbor } from '../fakes/harbor/harbor.ts'

/** A Harbor to test against: the fake one, or a real one that the surroundings name. */
export interface SomeHarbor extends AsyncDisposable {
  readonly url: URL
  readonly credential: { readonly username: string; readonly password: string }
  readonly harbor: Harbor
  /** The fake, where it is one: only it can be made to fail. */
  readonly fake: FakeHarbor | undefined
  connect(credential: { readonly username: string; readonly password: string }): Harbor
}

export async function someHarbor(): Promise<SomeHarbor> {
  const { KILN_TEST_HARBOR_URL: real, KILN_TEST_HARBOR_PASSWORD: password = '' } = process.env
  const fake = real === undefined ? await startFakeHarbor() : undefined
  const url = new URL(real ?? fake?.url ?? '')
  const credential = fake?.admin ?? { username: 'admin', password }
  const connect: SomeHarbor['connect'] = (who) =>
    createHarbor({ ...surroundings, url, credential: who })
  return {
    url,
    credential,
    harbor: connect(credential),
    fake,
    connect,
    [Symbol.asyncDispose]: async () => fake?.[Symbol.asyncDispose](),
  }
}

const surroundings = { newRequestId: randomUUID, random: () => 0, now: () => Date.now() }
