import type { Choice, Idea, JsonObject, PlanStep } from '../history/event.ts';
import type { PlanStepTree } from '../operations/plan-step.ts';
import type { Builder } from './builder.ts';

/** What an operation produced, with the kind that tells its type. */
export interface KindOutput {
  kind: string;
  output: JsonObject;
  sessionId: string;
}

/** A part of an output names operations by their numbers, within its session. */
export interface InSession {
  sessionId: string;
}
/** What was stored by earlier versions lacks what came later. */
export type IdeaPart = Omit<Idea, 'development'> & Partial<Idea> & InSession;
export type PlanStepPart = Omit<PlanStep, 'partOf' | 'status' | 'operation'> & Partial<PlanStepTree> & InSession;

const inSession = <T>({ sessionId }: InSession, parts: readonly T[]): (T & InSession)[] =>
  parts.map((part) => ({ ...part, sessionId }));

/** The types that outputs are made of. */
export function addOutputParts(builder: Builder) {
  const Idea = builder.objectRef<IdeaPart>('Idea').implement({
    description: 'An idea of a brainstorm.',
    fields: (t) => ({
      id: t.exposeID('id', { description: 'Names it within its brainstorm.' }),
      title: t.exposeString('title', { description: 'What it is called.' }),
      description: t.exposeString('description', { description: 'What it is.' }),
      rationale: t.exposeString('rationale', { description: 'Why it is worth doing.' }),
    }),
  });
  const PlanStepStatus = builder.enumType('PlanStepStatus', {
    description: 'How far a step of a plan is carried out.',
    values: {
      PLANNED: { description: 'Not yet; or not at all, where the plan is not carried out.' },
      RUNNING: { description: 'Its operation has been started.' },
      SUCCEEDED: { description: 'It is done.' },
      FAILED: { description: 'Its operation failed.' },
      CANCELLED: { description: 'Its operation was cancelled.' },
      SKIPPED: { description: 'What it depends on was not done.' },
    } as const,
  });
  const PlanStep = builder.objectRef<PlanStepPart>('PlanStep').implement({
    description: 'A step of a plan.',
    fields: (t) => ({
      id: t.exposeID('id', { description: 'Names it within its plan.' }),
      title: t.exposeString('title', { description: 'What it is called.' }),
      description: t.exposeString('description', { description: 'What is to be done.' }),
      dependsOn: t.exposeIDList('dependsOn', {
        description: 'Ids of the steps that have to be done first. There are no cycles.',
      }),
      doneWhen: t.exposeString('doneWhen', { description: 'How to tell that it is done.' }),
      partOf: t.id({
        nullable: true,
        description: 'The id of the step that it is a part of; null for a step of the plan itself.',
        resolve: ({ partOf = null }) => partOf,
      }),
      status: t.field({
        type: PlanStepStatus,
        description: 'How far it is carried out: in an event, as of then.',
        resolve: ({ status = 'PLANNED' }) => status,
      }),
    }),
  });
  builder.objectField(PlanStep, 'steps', (t) =>
    t.field({
      type: [PlanStep],
      description:
        'The parts that it was broken down into, with `expand`; none in an event, which tells of each part on its own.',
      resolve: (step) => inSession(step, step.steps ?? []),
    }),
  );
  const Choice = builder.objectRef<Choice>('Choice').implement({
    description: 'One of the choices that were given to a `select`.',
    fields: (t) => ({
      id: t.exposeID('id', { description: 'As it was given; `choice-<n>` for the nth where none was.' }),
      label: t.exposeString('label', { description: 'As it was given.' }),
      content: t.expose('content', { type: 'JSON', nullable: true, description: 'As it was given.' }),
    }),
  });
  return { Idea, PlanStep, Choice };
}

export type OutputParts = ReturnType<typeof addOutputParts>;

interface Selection {
  choice: Choice;
  score: number | null;
  rationale: string | null;
  tieBreak?: string | null;
}

/** The outputs of the kinds that come with Lion, by kind. */
export function addBuiltInOutputs(builder: Builder, { Idea, PlanStep, Choice }: OutputParts) {
  const Selection = builder.objectRef<Selection>('Selection').implement({
    description: 'A choice that was selected.',
    fields: (t) => ({
      choice: t.expose('choice', { type: Choice, description: 'The choice, as it was given.' }),
      score: t.exposeFloat('score', {
        nullable: true,
        description: 'From 0, does not fit, to 1, fits perfectly; null where none was given.',
      }),
      rationale: t.exposeString('rationale', { nullable: true, description: 'Why it was selected.' }),
      tieBreak: t.string({
        nullable: true,
        description: 'What decided between it and others that are as good; null where there is no tie.',
        resolve: ({ tieBreak = null }) => tieBreak,
      }),
    }),
  });
  return {
    brainstorm: builder.objectRef<KindOutput & { output: { ideas: Idea[] } }>('BrainstormOutput').implement({
      description: 'What a brainstorm found.',
      fields: (t) => ({
        ideas: t.field({
          type: [Idea],
          description: 'Exactly as many as were asked for.',
          resolve: (of) => inSession(of, of.output.ideas),
        }),
      }),
    }),
    plan: builder.objectRef<KindOutput & { output: { steps: PlanStep[] } }>('PlanOutput').implement({
      description: 'What a plan consists of.',
      fields: (t) => ({
        steps: t.field({
          type: [PlanStep],
          description: 'The steps, in a sensible order.',
          resolve: (of) => inSession(of, of.output.steps),
        }),
      }),
    }),
    select: builder.objectRef<KindOutput & { output: { selected: Selection[] } }>('SelectOutput').implement({
      description: 'What was selected.',
      fields: (t) => ({
        selected: t.field({ type: [Selection], description: 'Best first.', resolve: ({ output }) => output.selected }),
      }),
    }),
    perform: builder.objectRef<KindOutput & { output: { text: string } }>('PerformOutput').implement({
      description: 'What was answered.',
      fields: (t) => ({ text: t.string({ description: 'The answer, as text.', resolve: ({ output }) => output.text }) }),
    }),
    run: builder
      .objectRef<KindOutput & { output: { ideas: Idea[]; selectedIdea: Idea; steps: PlanStep[] } }>('RunOutput')
      .implement({
        description: 'What the whole workflow led to.',
        fields: (t) => ({
          ideas: t.field({
            type: [Idea],
            description: 'All ideas that were found.',
            resolve: (of) => inSession(of, of.output.ideas),
          }),
          selectedIdea: t.field({
            type: Idea,
            description: 'The one that was selected.',
            resolve: ({ output, sessionId }) => ({ ...output.selectedIdea, sessionId }),
          }),
          steps: t.field({ type: [PlanStep], description: 'The plan for it.', resolve: (of) => inSession(of, of.output.steps) }),
        }),
      }),
  };
}
