interface TrustedTypes {
  createPolicy(
    name: string,
    rules: { createScriptURL(url: string): string },
  ): { createScriptURL(url: string): object };
}

/** The page's policy, which its workers inherit, wants proof that this address of a script is meant: it is the only one there is. */
export const trustedScriptUrl = ((): ((url: string) => string) => {
  const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypes };
  const policy = trustedTypes?.createPolicy('tcpscope-worker', { createScriptURL: (url) => url });
  return (url) => (policy?.createScriptURL(url) ?? url) as string;
})();
