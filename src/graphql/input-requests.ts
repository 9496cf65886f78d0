import { callerNamed } from '../access/viewer.ts';
import {
  AnswerInvalidError,
  InputAlreadyReceivedError,
  OperationFinishedError,
  OperationNotFoundError,
  OperationNotWaitingError,
  OperationOfPastError,
} from '../operations/errors.ts';
import { readInputRequest, type InputAsked } from '../operations/input-request.ts';
import { SessionNotFoundError } from '../sessions/errors.ts';
import type { Builder } from './builder.ts';
import { viewerOf } from './context.ts';
import { readOperation, type OperationTypes } from './operations.ts';

/** What operations ask of people, and the answers. */
export function addInputRequests(builder: Builder, { Operation }: OperationTypes): void {
  const InputRequestType = builder.objectRef<InputAsked>('InputRequest').implement({
    description: 'What an operation asks of a person. `answerOperation` answers.',
    fields: (t) => ({
      name: t.exposeString('name', { description: 'Names it within its operation, for `answerOperation`.' }),
      question: t.exposeString('question', { description: 'What is asked.' }),
      context: t.field({
        type: 'JSON',
        nullable: true,
        description: 'What there is to know for an answer.',
        resolve: ({ context }) => context,
      }),
      schema: t.field({ type: 'JSON', description: 'The shape of the answer: JSON Schema.', resolve: ({ schema }) => schema }),
      complaint: t.exposeString('complaint', {
        nullable: true,
        description: 'What was wrong with the answer before, where the operation asks again.',
      }),
      requestedAt: t.expose('requestedAt', { type: 'DateTime', description: 'Since when it is asked.' }),
      until: t.expose('until', {
        type: 'DateTime',
        nullable: true,
        description: 'By when it has to be answered; null for no such time.',
      }),
    }),
  });

  builder.prismaObjectField(Operation, 'inputRequest', (t) =>
    t.field({
      type: InputRequestType,
      nullable: true,
      description:
        'What it asks of a person now; null unless it does. Where it asks for several things at once, the one that it has asked for longest.',
      select: { sessionId: true, number: true, openWaits: true },
      resolve: (operation, _args, { db }) => readInputRequest(db, operation),
    }),
  );

  const AnswerOperationInput = builder.inputType('AnswerOperationInput', {
    description: 'An answer to what an operation asks.',
    fields: (t) => ({
      operationId: t.id({ required: true, description: 'As in `Operation.id`.' }),
      name: t.string({
        required: true,
        description:
          'Which request it answers, as in `InputRequest.name`: no answer that comes late is taken for another question.',
      }),
      answer: t.field({
        type: 'JSON',
        description: 'What `InputRequest.schema` describes: at most 256 KiB. Left out, it is null.',
      }),
    }),
  });

  builder.mutationField('answerOperation', (t) =>
    t.prismaField({
      type: Operation,
      description: 'Answers what an operation asks. The first answer that fits counts; the operation then goes on.',
      args: { input: t.arg({ type: AnswerOperationInput, required: true, description: 'What is answered, and what.' }) },
      errors: {
        types: [
          OperationNotFoundError,
          OperationNotWaitingError,
          OperationOfPastError,
          OperationFinishedError,
          InputAlreadyReceivedError,
          AnswerInvalidError,
          SessionNotFoundError,
        ],
        union: { name: 'AnswerOperationResult', description: 'The operation, or why the answer was not taken.' },
      },
      resolve: async (query, _root, { input }, context) => {
        const viewer = viewerOf(context);
        const { projectId, keyId, onlySession } = viewer;
        const { operationId, name, answer = null } = input;
        const request = { projectId, keyId, onlySession, by: callerNamed(viewer), operationId, name, answer };
        return readOperation(query, await context.lion.operations.answer(request), context);
      },
    }),
  );
}
