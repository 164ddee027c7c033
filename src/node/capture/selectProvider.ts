import { CaptureError } from './captureError.js';
import { createIphlpapiProvider } from './iphlpapi.js';
import { createNetlinkProvider } from './netlink.js';
import type { Provider, ProviderName } from './provider.js';

export const PROVIDER_NAMES = ['iphlpapi', 'netlink'] as const satisfies readonly ProviderName[];

const PLATFORMS: Readonly<Record<ProviderName, NodeJS.Platform>> = { iphlpapi: 'win32', netlink: 'linux' };

/**
 * The provider of that name, or the one of this platform.
 *
 * @throws CaptureError `not-supported`
 */
export function selectProvider(name: ProviderName | 'auto'): Provider {
  const { platform } = process;
  if (name !== 'auto' && PLATFORMS[name] !== platform) {
    throw new CaptureError(
      'not-supported',
      `the provider ${name} works on ${PLATFORMS[name]}, this is ${platform}; leave out --provider`,
    );
  }
  if (platform === 'win32') return createIphlpapiProvider();
  if (platform === 'linux') return createNetlinkProvider();
  throw new CaptureError(
    'not-supported',
    `capture is not supported on ${platform}: it works on Windows (GetTcpTable2) and on Linux (netlink). ` +
      'Snapshot files of other machines can be read here.',
  );
}
