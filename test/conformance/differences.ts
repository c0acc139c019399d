/** What two values do not have in common, one line a place; empty when they are equal. */
export function differences(left: unknown, right: unknown): readonly string[] {
  const [ours, theirs] = [flatten(left), flatten(right)]
  const places = [...new Set([...ours.keys(), ...theirs.keys()])].toSorted()
  return places
    .filter((place) => ours.get(place) !== theirs.get(place))
    .map((place) => `${place}: ${ours.get(place) ?? 'absent'} | ${theirs.get(place) ?? 'absent'}`)
}

function flatten(value: unknown, place = '', found = new Map<string, string>()) {
  if (typeof value !== 'object' || value === null) return found.set(place, JSON.stringify(value))
  if (Object.keys(value).length === 0) found.set(place, JSON.stringify(value))
  for (const [key, below] of Object.entries(value)) flatten(below, `${place}/${key}`, found)
  return found
}
