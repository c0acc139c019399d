type Variables = Readonly<Record<string, string | undefined>>

/**
 * Variables of the environment with those that are empty as not set, the way files and charts leave them. Pure.
 * What reads it is seen to ask for no other names than its own.
 */
export function setVariables(env: Variables): Variables {
  return new Proxy(env, {
    get: (all, name) => {
      const value = typeof name === 'string' ? all[name] : undefined
      return value === '' ? undefined : value
    },
  })
}
