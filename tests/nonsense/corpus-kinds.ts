import { ideasJson, planJson } from '../support/provider-lion.ts';
import { selectionsJson, valid, type JsonKind, type Said } from './case.ts';

const selections = (...all: object[]): string => JSON.stringify({ selections: all });
const selection = { id: 'oat', score: 0.5, rationale: 'It fits.', tieBreak: null };
const [, bake, sell] = JSON.parse(valid.plan).steps;
const steps = (...all: object[]): string => JSON.stringify({ steps: all });

/** What is well written, and makes no sense: three ideas, three steps, and at most two of three choices are asked for. */
export const kindNonsense: Record<JsonKind, Said[]> = {
  brainstorm: [
    ['too few ideas', ideasJson('Night market', 'Harbour ovens'), 'refused'],
    ['one idea', ideasJson('Night market'), 'refused'],
    ['too many ideas', ideasJson('Night market', 'Sourdough library', 'Harbour ovens', 'Yeast museum'), 'mended'],
    ['a hundred times too many', ideasJson(...Array.from({ length: 300 }, (_, index) => `${index} ways to bake`)), 'mended'],
    ['the same idea three times', ideasJson('Night market', 'Night market', 'Night market'), 'refused'],
    ['the same idea in capitals', ideasJson('Night market', 'NIGHT MARKET!', 'Harbour ovens'), 'refused'],
    ['the same idea in other order', ideasJson('Night market', 'The market by night', 'Market, night'), 'refused'],
    ['the same idea in the plural', ideasJson('Night market', 'Night markets', 'Harbour ovens'), 'refused'],
    ['ideas that differ in a number', ideasJson('Bake rolls 1', 'Bake rolls 1.', 'Bake: rolls 1'), 'refused'],
    ['one too many, which is the same', ideasJson('Night market', 'Night-market', 'Harbour ovens', 'Yeast museum'), 'mended'],
    ['ideas in other languages', ideasJson('夜市', 'Бібліотека закваски', 'Öfen am Hafen'), 'taken'],
    ['titles without letters', ideasJson('!!!', '???', '...'), 'refused'],
    [
      'numbers for titles',
      JSON.stringify({
        ideas: [11, 22, 33].map((title) => ({ title, description: `It is ${title}.`, rationale: `For ${title}.` })),
      }),
      'mended',
    ],
    ['steps for ideas', valid.plan, 'refused'],
  ],
  plan: [
    ['too few steps', planJson({ buy: [], bake: ['buy'] }), 'refused'],
    ['too many steps', planJson({ buy: [], bake: ['buy'], sell: ['bake'], rest: ['sell'] }), 'refused'],
    ['a cycle of two', planJson({ buy: ['bake'], bake: ['buy'], sell: [] }), 'refused'],
    ['a cycle of all', planJson({ buy: ['sell'], bake: ['buy'], sell: ['bake'] }), 'refused'],
    ['a step that depends on itself', planJson({ buy: ['buy'], bake: ['buy'], sell: ['bake'] }), 'refused'],
    ['a dependency that is not there', planJson({ buy: [], bake: ['order'], sell: ['bake'] }), 'refused'],
    ['a title for a dependency', planJson({ buy: [], bake: ['Do buy'], sell: ['bake'] }), 'refused'],
    ['an id in capitals for a dependency', planJson({ buy: [], bake: ['BUY'], sell: ['bake'] }), 'refused'],
    ['the same id twice', steps({ ...bake, dependsOn: [] }, { ...bake, dependsOn: [] }, { ...sell, dependsOn: [] }), 'refused'],
    [
      'the same id with white space',
      steps({ ...bake, dependsOn: [] }, { ...bake, id: ' bake ', dependsOn: [] }, { ...sell, dependsOn: [] }),
      'refused',
    ],
    ['numbers for ids', planJson({ '1': [], '2': ['1'], '3': ['2'] }).replaceAll(/"([123])"/g, '$1'), 'mended'],
    ['an empty id', planJson({ '': [], bake: [], sell: [] }), 'refused'],
    ['null for dependencies', planJson({ buy: [], bake: [], sell: [] }).replaceAll('[]', 'null'), 'refused'],
    ['a text for dependencies', planJson({ buy: [], bake: ['buy'], sell: [] }).replace('["buy"]', '"buy"'), 'refused'],
    ['no dependencies', planJson({ buy: [], bake: [], sell: [] }).replaceAll('"dependsOn":[],', ''), 'refused'],
    ['a dependency twice', planJson({ buy: [], bake: ['buy', 'buy'], sell: ['bake'] }), 'taken'],
    ['names of the prototype for ids', planJson({ constructor: [], toString: ['constructor'], valueOf: ['toString'] }), 'taken'],
    ['ideas for steps', valid.brainstorm, 'refused'],
  ],
  select: [
    ['a choice that was never given', selectionsJson('barley'), 'refused'],
    ['a label for an id', selectionsJson('Bread of oats'), 'refused'],
    ['an id in capitals', selectionsJson('OAT'), 'refused'],
    ['an id with white space', selectionsJson(' oat'), 'refused'],
    ['the place for an id', selectionsJson('2'), 'refused'],
    ['a part of an id', selectionsJson('oa'), 'refused'],
    ['a name of the prototype for an id', selectionsJson('constructor'), 'refused'],
    ['one given and one not', selectionsJson('oat', 'barley'), 'refused'],
    ['a choice twice', selectionsJson('oat', 'oat'), 'refused'],
    ['too many choices', selectionsJson('oat', 'rye', 'spelt'), 'refused'],
    ['no id', selections({ score: 0.5, rationale: 'It fits.' }), 'refused'],
    ['a score above 1', selections({ ...selection, score: 9 }), 'refused'],
    ['a score below 0', selections({ ...selection, score: -0.1 }), 'refused'],
    ['a huge score', selectionsJson('oat').replace('0.9', '1e999'), 'refused'],
    ['NaN for a score', selectionsJson('oat').replace('0.9', 'NaN'), 'refused'],
    ['a percentage', selections({ ...selection, score: '90%' }), 'refused'],
    ['a word for a score', selections({ ...selection, score: 'high' }), 'refused'],
    ['null for a score', selections({ ...selection, score: null }), 'refused'],
    ['a text for a score', selections({ ...selection, score: '0.9' }), 'mended'],
    ['a score without its zero', selectionsJson('oat').replace('0.9', '.9'), 'mended'],
    ['the worst first', selections({ ...selection, score: 0.1 }, { ...selection, id: 'rye', score: 0.8 }), 'taken'],
  ],
};
