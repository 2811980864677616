/** The flags of `run` as text, exactly as given; undefined where absent. */
export interface RunFlags {
  readonly instanceTypes?: string | undefined;
  readonly subnetId?: readonly string[] | undefined;
  readonly region?: string | undefined;
  readonly profile?: string | undefined;
  readonly amiId?: string | undefined;
  readonly kernel?: string | undefined;
  readonly securityGroupId?: string | undefined;
  readonly placementGroup?: string | undefined;
  readonly precisionTime?: string | undefined;
  readonly instanceProfile?: string | undefined;
  readonly owner?: string | undefined;
  readonly keyName?: string | undefined;
  readonly privateKeyPath?: string | undefined;
  readonly duration?: string | undefined;
  readonly interval?: string | undefined;
  readonly readings?: string | undefined;
  readonly simulatePhc?: boolean | undefined;
  readonly enablePhc?: string | undefined;
  readonly keep?: string | undefined;
  readonly keepDecision?: string | undefined;
  readonly maxLifetime?: string | undefined;
  readonly extendRoom?: string | undefined;
  readonly maxInstances?: string | undefined;
  readonly maxInstanceHours?: string | undefined;
  readonly agentUrl?: string | undefined;
  readonly ssmDiagnostics?: boolean | undefined;
  readonly canary?: boolean | undefined;
  readonly allowMetal?: boolean | undefined;
  readonly tag?: readonly string[] | undefined;
}
