import { createHash } from 'node:crypto'
import { checkRecipe } from './check-recipe.ts'

/** Recipes whose check is remembered, by the hash of all that it looks at. */
const most = 1_000

type Outcome = { readonly refusal?: unknown }

/** The same check, which a recipe that comes again and again passes, or fails, at once. */
export function createKnownChecks(): typeof checkRecipe {
  const known = new Map<string, Outcome>()
  return (recipe, terms) => {
    const { dockerfile, base_image: base, options, contexts } = recipe
    const key = createHash('sha256')
      .update(JSON.stringify([dockerfile, base, options, Object.keys(contexts), terms]))
      .digest('base64')
    const outcome = known.get(key) ?? outcomeOf(() => checkRecipe(recipe, terms))
    // Put at the end: what has not come for longest is forgotten first.
    known.delete(key)
    if (known.size >= most) known.delete(known.keys().next().value ?? '')
    known.set(key, outcome)
    if ('refusal' in outcome) throw outcome.refusal
  }
}

function outcomeOf(check: () => void): Outcome {
  try {
    check()
    return {}
  } catch (refusal) {
    return { refusal }
  }
}
