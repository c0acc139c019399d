/** @returns the answers in the order of what was asked. */
export type AnswerGroup<Item, Answer> = (group: readonly Item[]) => Promise<readonly Answer[]>

interface Waiting<Item, Answer> {
  readonly item: Item
  readonly resolve: (answer: Answer) => void
  readonly reject: (error: unknown) => void
}

export interface GroupTerms {
  /** Between two groups, for what need not be answered at once: the groups are the larger for it. Full ones wait for none. */
  readonly rest?: () => Promise<void>
  /** Those that go together at most. */
  readonly most?: number
}

/**
 * Asks the database for one group after the other: what comes while one is under way shares the next. Who comes alone waits
 * for nobody, and a thousand at once cost a few statements instead of a thousand.
 */
export function inGroups<Item, Answer>(
  answerGroup: AnswerGroup<Item, Answer>,
  { rest = async () => undefined, most = 64 }: GroupTerms = {},
): (item: Item) => Promise<Answer> {
  const waiting: Waiting<Item, Answer>[] = []
  let isRunning = false
  const run = async () => {
    isRunning = true
    while (waiting.length > 0) {
      await settle(answerGroup, waiting.splice(0, most))
      if (waiting.length < most) await rest()
    }
    isRunning = false
  }
  return async (item) => {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>()
    waiting.push({ item, resolve, reject })
    if (!isRunning) void run()
    return promise
  }
}

/** What makes a group fail must not fail those that are not to blame: they are tried again, each by itself. */
async function settle<Item, Answer>(
  answerGroup: AnswerGroup<Item, Answer>,
  group: readonly Waiting<Item, Answer>[],
): Promise<void> {
  const answers = await answerGroup(group.map(({ item }) => item)).catch((error: unknown) => {
    if (group.length === 1) group[0]?.reject(error)
    return undefined
  })
  if (answers?.length === group.length) {
    for (const [index, answer] of answers.entries()) group[index]?.resolve(answer)
  } else if (answers !== undefined) {
    for (const { reject } of group)
      reject(new RangeError('a group has other answers than questions'))
  } else if (group.length > 1) {
    for (const one of group) await settle(answerGroup, [one])
  }
}
