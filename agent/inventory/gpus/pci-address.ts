/**
 * The same place for nvidia-smi's `00000000:07:00.0` and the kernel's `0000:07:00`: nvidia-smi writes the domain with
 * eight digits and the function of the device.
 */
export function addressOf(busId: string): string {
  const [domain = '', bus = '', device = ''] = busId.toLowerCase().replace(/\.\d$/, '').split(':')
  return `${domain.slice(-4).padStart(4, '0')}:${bus}:${device}`
}
