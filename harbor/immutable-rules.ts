import { z } from 'zod'
import type { Send } from './connection.ts'
import { listAll } from './pages.ts'
import { type Selector, selectorBody, toSelectors } from './selector.ts'

const rule = z.object({
  id: z.number().int(),
  disabled: z.boolean().default(false),
  tag_selectors: z.array(selectorBody),
  scope_selectors: z.record(z.string(), z.array(selectorBody)),
})

export interface HarborImmutableRules {
  /** Those that are in force. */
  list(project: string): AsyncGenerator<Selector & { readonly id: number }>
  /** A tag that such a rule names can neither move nor go, and a push of the same bytes is refused with 412 as well. */
  add(project: string, selector: Selector): Promise<void>
}

const action = { action: 'immutable', template: 'immutable_template', disabled: false }
const at = (project: string) => `/projects/${encodeURIComponent(project)}/immutabletagrules`

export function createImmutableRules(send: Send): HarborImmutableRules {
  return {
    list: async function* list(project) {
      const operation = 'list the rules for immutable tags'
      const rules = listAll(send, { operation, path: at(project), row: rule, sort: 'id' })
      for await (const { id, disabled, tag_selectors: tags, scope_selectors: scopes } of rules) {
        const [tag] = tags
        const [repository] = scopes['repository'] ?? []
        if (disabled || tag === undefined || repository === undefined) continue
        yield { id, tags: tag.pattern, repositories: repository.pattern }
      }
    },
    add: async (project, selector) => {
      const operation = 'add a rule for immutable tags'
      const body = { ...action, ...toSelectors(selector) }
      await send({ operation, method: 'POST', path: at(project), body })
    },
  }
}
