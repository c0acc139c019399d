import { createHash } from 'node:crypto'
import { checkRecipe } from './check-recipe.ts'

/** Recipes whose check is remembered. */
const most = 1_000
/** What is longer is told by its hash. */
const longKey = 2_048

type Outcome = { readonly refusal?: unknown }

/** The same check, which a recipe that comes again and again passes, or fails, at once. */
export function createKnownChecks(): typeof checkRecipe {
  const known = new Map<string, Outcome>()
  const numberOf = createNumbers()
  return (recipe, terms) => {
    const { dockerfile, base_image: base, options, contexts } = recipe
    const key = shorten(
      JSON.stringify([
        dockerfile,
        base,
        options,
        Object.keys(contexts),
        numberOf(terms.limits),
        numberOf(terms.platforms),
      ]),
    )
    const outcome = known.get(key) ?? outcomeOf(() => checkRecipe(recipe, terms))
    // Put at the end: what has not come for longest is forgotten first.
    known.delete(key)
    if (known.size >= most) known.delete(known.keys().next().value ?? '')
    known.set(key, outcome)
    if ('refusal' in outcome) throw outcome.refusal
  }
}

function shorten(key: string): string {
  return key.length < longKey ? key : createHash('sha256').update(key).digest('base64')
}

/** The same number for equal values, which are written out once for each object that holds them. */
function createNumbers(): (value: object) => number {
  const ofObject = new WeakMap<object, number>()
  const ofText = new Map<string, number>()
  let last = 0
  return (value) => {
    const known = ofObject.get(value)
    if (known !== undefined) return known
    const text = JSON.stringify(value)
    const number = ofText.get(text) ?? (last += 1)
    if (ofText.size >= most) ofText.clear()
    ofText.set(text, number)
    ofObject.set(value, number)
    return number
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
