import type { Command } from 'commander'
import { commandOf } from '../command-of.ts'
import type { Runner } from '../runner.ts'
import { adminTexts } from '../texts/admin.ts'
import { addAudit } from './admin/audit.ts'
import { addQueueOrders } from './admin/queue-orders.ts'
import { addUsers } from './admin/users.ts'

/** What operators decide about the farm as a whole, and what admins of a project may read of what was done there. */
export function addAdmin(program: Command, runner: Runner): void {
  const admin = commandOf(program, 'admin', adminTexts.admin, runner.deps.language)
  for (const add of [addUsers, addQueueOrders, addAudit]) add(admin, runner)
}
