import { z } from 'zod'

const grammar = /^(-1|0|1)_([01])_(\d+(?:\.\d+)?(?:e[+-]\d+)?)_(\d+(?:\.\d+)?(?:e[+-]\d+)?)_(\d+)$/

/** Where a page of the queue goes on: class, turn and project of the last build before it. */
export const queueCursor = z
  .string()
  .max(120)
  .regex(grammar, 'expected a next_cursor of the queue')
  .transform((text) => {
    const [, raised, scheduled, key, served, id] = grammar.exec(text) ?? []
    return {
      raised: Number(raised),
      scheduled: scheduled === '1',
      key: Number(key),
      served: Number(served),
      id: Number(id),
    }
  })
