import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Lead, LeadEnv } from './lead.ts'
import { passUpgrade } from './pass-on.ts'
import { refuseUpgrade } from './refuse-upgrade.ts'

/** Asks the routes, with all that guards them, where a request leads. */
type AskRoutes = (request: Request, bindings: LeadEnv['Bindings']) => Response | Promise<Response>

/** Lets people speak another protocol with what a route leads to, such as a WebSocket. */
export function createAcceptUpgrade(askRoutes: AskRoutes) {
  return async (incoming: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> => {
    socket.on('error', () => undefined)
    try {
      let lead: Lead | undefined
      const upgrade = (found: Lead) => void (lead = found)
      const answer = await askRoutes(asRequest(incoming), { upgrade })
      if (lead !== undefined) return passUpgrade(incoming, socket, head, lead)
      refuseUpgrade(socket, answer.ok ? 404 : answer.status, await answer.text())
    } catch {
      refuseUpgrade(socket, 500)
    }
  }
}

function asRequest({ url = '/', headers }: IncomingMessage): Request {
  const passed = Object.entries(headers).flatMap(([name, value]): [string, string][] =>
    typeof value === 'string' && !/^(connection|upgrade|sec-websocket-.*)$/.test(name)
      ? [[name, value]]
      : [],
  )
  return new Request(new URL(url, `http://${headers.host ?? 'localhost'}`), { headers: passed })
}
