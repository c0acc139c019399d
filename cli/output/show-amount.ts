/** `0.4s`, `12.3s`, `2m05s`, `1h02m`. */
export function showDuration(ms: number): string {
  const seconds = ms / 1000
  if (seconds < 60) return `${seconds.toFixed(1)}s`
  const whole = Math.round(seconds)
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60)]
  return hours > 0 ? `${hours}h${two(minutes)}m` : `${minutes}m${two(whole % 60)}s`
}

const two = (value: number) => String(value).padStart(2, '0')

const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const

/** `512 B`, `1.5 MiB`. */
export function showSize(bytes: number): string {
  let value = bytes
  let unit = 0
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024
    unit += 1
  }
  return `${unit === 0 ? value : value.toFixed(value < 10 ? 1 : 0)} ${units[unit]}`
}
