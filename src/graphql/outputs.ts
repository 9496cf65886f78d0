import type { Choice, Idea, JsonObject, PlanStep } from '../history/event.ts';
import type { Builder } from './builder.ts';

/** What an operation produced, with the kind that tells its type. */
export interface KindOutput {
  kind: string;
  output: JsonObject;
}

/** The types that outputs are made of. */
export function addOutputParts(builder: Builder) {
  const Idea = builder.objectRef<Idea>('Idea').implement({
    description: 'An idea of a brainstorm.',
    fields: (t) => ({
      id: t.exposeID('id', { description: 'Names it within its brainstorm.' }),
      title: t.exposeString('title', { description: 'What it is called.' }),
      description: t.exposeString('description', { description: 'What it is.' }),
      rationale: t.exposeString('rationale', { description: 'Why it is worth doing.' }),
    }),
  });
  const PlanStep = builder.objectRef<PlanStep>('PlanStep').implement({
    description: 'A step of a plan.',
    fields: (t) => ({
      id: t.exposeID('id', { description: 'Names it within its plan.' }),
      title: t.exposeString('title', { description: 'What it is called.' }),
      description: t.exposeString('description', { description: 'What is to be done.' }),
      dependsOn: t.exposeIDList('dependsOn', {
        description: 'Ids of the steps that have to be done first. There are no cycles.',
      }),
      doneWhen: t.exposeString('doneWhen', { description: 'How to tell that it is done.' }),
    }),
  });
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
    }),
  });
  return {
    brainstorm: builder.objectRef<KindOutput & { output: { ideas: Idea[] } }>('BrainstormOutput').implement({
      description: 'What a brainstorm found.',
      fields: (t) => ({
        ideas: t.field({
          type: [Idea],
          description: 'Exactly as many as were asked for.',
          resolve: ({ output }) => output.ideas,
        }),
      }),
    }),
    plan: builder.objectRef<KindOutput & { output: { steps: PlanStep[] } }>('PlanOutput').implement({
      description: 'What a plan consists of.',
      fields: (t) => ({
        steps: t.field({
          type: [PlanStep],
          description: 'The steps, in a sensible order.',
          resolve: ({ output }) => output.steps,
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
          ideas: t.field({ type: [Idea], description: 'All ideas that were found.', resolve: ({ output }) => output.ideas }),
          selectedIdea: t.field({
            type: Idea,
            description: 'The one that was selected.',
            resolve: ({ output }) => output.selectedIdea,
          }),
          steps: t.field({ type: [PlanStep], description: 'The plan for it.', resolve: ({ output }) => output.steps }),
        }),
      }),
  };
}
