/** Who this agent is to the controller: the run's place it was launched for, and a secret that it made itself. */
import type { Enrol, IdentityProof, InstanceFacts } from '@ptp-tester/wire';
import { IdentityProof as IdentityProofSchema, InstanceFacts as InstanceFactsSchema } from '@ptp-tester/wire';
import Type, { type Static } from 'typebox';
import { Value } from 'typebox/value';
import { AgentError } from '../agent-error.ts';
import { readStateFile, writeStateFile } from '../state-file.ts';

const StoredIdentity = Type.Object({
  run: Type.String(),
  index: Type.Integer(),
  attempt: Type.Integer(),
  secret: Type.String({ pattern: '^[0-9a-f]{64}$' }),
  facts: InstanceFactsSchema,
  identity: Type.Optional(IdentityProofSchema),
  is_enrolled: Type.Boolean(),
});
type StoredIdentity = Static<typeof StoredIdentity>;

/** The place in a run, from the configuration. */
export interface AgentPlace {
  readonly run: string;
  readonly index: number;
  readonly attempt: number;
}

export interface IdentityDependencies {
  readonly path: string;
  /** 64 hex digits that nobody can guess. */
  readonly makeSecret: () => string;
  /** What the metadata service says; only asked when nothing is stored. */
  readonly readFacts: () => Promise<InstanceFacts>;
  /** The signed identity document; only asked when nothing is stored. */
  readonly readProof?: () => Promise<IdentityProof | null>;
}

export class AgentIdentity {
  readonly #path: string;
  #stored: StoredIdentity;

  private constructor(path: string, stored: StoredIdentity) {
    this.#path = path;
    this.#stored = stored;
  }

  /** Reads the identity, or makes one and puts it on the disk before anybody can be told of it. */
  static async open(place: AgentPlace, dependencies: IdentityDependencies): Promise<AgentIdentity> {
    const { path } = dependencies;
    const known = await readStateFile(path);
    if (Value.Check(StoredIdentity, known)) {
      if (known.run !== place.run || known.index !== place.index || known.attempt !== place.attempt) {
        throw new AgentError(
          'state_of_other_run',
          `${path} belongs to run ${known.run}, instance ${known.index}, attempt ${known.attempt}; configure an empty state_dir`,
        );
      }
      return new AgentIdentity(path, known);
    }
    const facts = await dependencies.readFacts();
    const identity = (await dependencies.readProof?.()) ?? null;
    const proof = identity === null ? {} : { identity };
    const made = { ...place, secret: dependencies.makeSecret(), facts, ...proof, is_enrolled: false };
    await writeStateFile(path, made);
    return new AgentIdentity(path, made);
  }

  get run(): string {
    return this.#stored.run;
  }

  get instanceId(): string {
    return this.#stored.facts.instance_id;
  }

  get secret(): string {
    return this.#stored.secret;
  }

  get facts(): InstanceFacts {
    return this.#stored.facts;
  }

  get isEnrolled(): boolean {
    return this.#stored.is_enrolled;
  }

  /** What `enrol` says of the agent. */
  get enrolment(): Pick<Enrol, 'run' | 'index' | 'attempt' | 'secret' | 'facts' | 'identity'> {
    const { run, index, attempt, secret, facts, identity } = this.#stored;
    return { run, index, attempt, secret, facts, ...(identity === undefined ? {} : { identity }) };
  }

  /** The controller confirmed it; from now on `hello` is enough, also after a restart. */
  async confirmEnrolment(): Promise<void> {
    if (this.#stored.is_enrolled) return;
    this.#stored = { ...this.#stored, is_enrolled: true };
    await writeStateFile(this.#path, this.#stored);
  }
}
