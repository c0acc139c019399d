import { api } from './api.ts'
import { isSignInNeeded, me } from './session.ts'

/**
 * Asks the API who the person is. Whether it lets them in it says in `isSignInNeeded`; it is asked again by whoever shows a
 * page, should it not answer at all.
 */
export async function readSession(): Promise<void> {
  isSignInNeeded.value = false
  me.value = await api.farm.me().catch(() => undefined)
}
