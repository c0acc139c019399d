import { bridge, bridgeSubnet } from '../network/firewall.ts'

/**
 * How a step gets a network of its own: a wire to a bridge inside of the daemon's namespace, whose rules decide what it
 * reaches. The wires do not see each other. Translation of addresses is left to those rules as well.
 */
export function cniConfig(mtu: number): string {
  const plugins = [
    {
      type: 'bridge',
      bridge,
      isDefaultGateway: true,
      portIsolation: true,
      mtu,
      ipam: { type: 'host-local', ranges: [[{ subnet: bridgeSubnet }]] },
    },
  ]
  return JSON.stringify({ cniVersion: '1.0.0', name: 'kiln', plugins }, null, 2)
}
