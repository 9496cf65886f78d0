-- A database as of the migration 20261125175500_delta_retention: runs of pruned events, a fork that begins inside of one, a wait that
-- was answered, one for a person, a sleep that has come due, and an operation that is queued behind it.
BEGIN TRANSACTION;
CREATE TABLE "_prisma_migrations" (
    "id"                    TEXT PRIMARY KEY NOT NULL,
    "checksum"              TEXT NOT NULL,
    "finished_at"           DATETIME,
    "migration_name"        TEXT NOT NULL,
    "logs"                  TEXT,
    "rolled_back_at"        DATETIME,
    "started_at"            DATETIME NOT NULL DEFAULT current_timestamp,
    "applied_steps_count"   INTEGER UNSIGNED NOT NULL DEFAULT 0
);
CREATE TABLE "Project" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "name" TEXT NOT NULL,
    "createdAt" DATETIME NOT NULL
);
CREATE TABLE "Key" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "projectId" TEXT NOT NULL,
    "role" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "prefix" TEXT NOT NULL,
    "hash" TEXT NOT NULL,
    "createdAt" DATETIME NOT NULL,
    CONSTRAINT "Key_projectId_fkey" FOREIGN KEY ("projectId") REFERENCES "Project" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE TABLE "Session" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "projectId" TEXT NOT NULL,
    "title" TEXT,
    "metadata" JSONB NOT NULL,
    "createdAt" DATETIME NOT NULL
, "forkedFrom" TEXT, "forkSeq" INTEGER NOT NULL DEFAULT 0);
CREATE TABLE "SessionHead" (
    "sessionId" TEXT NOT NULL PRIMARY KEY,
    "lastSeq" INTEGER NOT NULL,
    "lastOperation" INTEGER NOT NULL,
    "unfinished" INTEGER NOT NULL,
    "ttlSeconds" INTEGER,
    "expiresAt" DATETIME,
    "expiredAt" DATETIME, "inputTokens" BIGINT NOT NULL DEFAULT 0, "outputTokens" BIGINT NOT NULL DEFAULT 0, "cachedTokens" BIGINT NOT NULL DEFAULT 0, "reasoningTokens" BIGINT NOT NULL DEFAULT 0, "cost" BIGINT DEFAULT 0, "onBusy" TEXT NOT NULL DEFAULT 'PARALLEL',
    CONSTRAINT "SessionHead_sessionId_fkey" FOREIGN KEY ("sessionId") REFERENCES "Session" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE TABLE "Operation" (
    "sessionId" TEXT NOT NULL,
    "number" INTEGER NOT NULL,
    "projectId" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "status" TEXT NOT NULL,
    "attempt" INTEGER NOT NULL,
    "crashes" INTEGER NOT NULL,
    "nodeId" TEXT,
    "parent" INTEGER,
    "position" INTEGER,
    "retryOf" INTEGER,
    "model" TEXT,
    "input" JSONB NOT NULL,
    "output" JSONB,
    "error" JSONB,
    "emits" INTEGER NOT NULL,
    "inputTokens" BIGINT NOT NULL,
    "outputTokens" BIGINT NOT NULL,
    "cachedTokens" BIGINT NOT NULL,
    "reasoningTokens" BIGINT NOT NULL,
    "cost" BIGINT,
    "createdAt" DATETIME NOT NULL,
    "startedAt" DATETIME,
    "finishedAt" DATETIME,
    "deadlineAt" DATETIME, "name" TEXT, "keyId" TEXT, "reasoning" BOOLEAN NOT NULL DEFAULT false, "partialOutput" JSONB, "timeoutMs" INTEGER, "waitingFor" TEXT, "openWaits" INTEGER NOT NULL DEFAULT 0, "personWaits" INTEGER NOT NULL DEFAULT 0, "personSince" DATETIME, "onBusy" TEXT, "readyAt" DATETIME, "suspicion" INTEGER NOT NULL DEFAULT 0, "prunedAt" DATETIME,

    PRIMARY KEY ("sessionId", "number"),
    CONSTRAINT "Operation_sessionId_fkey" FOREIGN KEY ("sessionId") REFERENCES "Session" ("id") ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT "Operation_sessionId_parent_fkey" FOREIGN KEY ("sessionId", "parent") REFERENCES "Operation" ("sessionId", "number") ON DELETE NO ACTION ON UPDATE NO ACTION,
    CONSTRAINT "Operation_sessionId_retryOf_fkey" FOREIGN KEY ("sessionId", "retryOf") REFERENCES "Operation" ("sessionId", "number") ON DELETE NO ACTION ON UPDATE NO ACTION
);
CREATE TABLE "Step" (
    "sessionId" TEXT NOT NULL,
    "operation" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "try" INTEGER NOT NULL,
    "result" JSONB,
    "recordedAt" DATETIME,

    PRIMARY KEY ("sessionId", "operation", "name"),
    CONSTRAINT "Step_sessionId_operation_fkey" FOREIGN KEY ("sessionId", "operation") REFERENCES "Operation" ("sessionId", "number") ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE TABLE "Event" (
    "sessionId" TEXT NOT NULL,
    "seq" INTEGER NOT NULL,
    "type" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "at" DATETIME NOT NULL,
    "operation" INTEGER,
    "payload" JSONB NOT NULL,

    PRIMARY KEY ("sessionId", "seq"),
    CONSTRAINT "Event_sessionId_fkey" FOREIGN KEY ("sessionId") REFERENCES "Session" ("id") ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT "Event_sessionId_operation_fkey" FOREIGN KEY ("sessionId", "operation") REFERENCES "Operation" ("sessionId", "number") ON DELETE NO ACTION ON UPDATE NO ACTION
);
CREATE TABLE "IdempotencyKey" (
    "projectId" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "payloadHash" TEXT NOT NULL,
    "sessionId" TEXT NOT NULL,
    "operation" INTEGER NOT NULL,
    "createdAt" DATETIME NOT NULL,

    PRIMARY KEY ("projectId", "key"),
    CONSTRAINT "IdempotencyKey_sessionId_operation_fkey" FOREIGN KEY ("sessionId", "operation") REFERENCES "Operation" ("sessionId", "number") ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE TABLE "UsageOfDay" (
    "projectId" TEXT NOT NULL,
    "day" TEXT NOT NULL,
    "model" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "keyId" TEXT NOT NULL,
    "calls" BIGINT NOT NULL,
    "inputTokens" BIGINT NOT NULL,
    "outputTokens" BIGINT NOT NULL,
    "cachedTokens" BIGINT NOT NULL,
    "reasoningTokens" BIGINT NOT NULL,
    "cost" BIGINT NOT NULL,
    "unpricedCalls" BIGINT NOT NULL,

    PRIMARY KEY ("projectId", "day", "model", "kind", "keyId")
);
CREATE TABLE "Fork" (
    "sessionId" TEXT NOT NULL PRIMARY KEY,
    "parentId" TEXT NOT NULL,
    "seq" INTEGER NOT NULL,
    "operation" INTEGER NOT NULL,
    "depth" INTEGER NOT NULL,
    "cutOff" JSONB NOT NULL,
    CONSTRAINT "Fork_sessionId_fkey" FOREIGN KEY ("sessionId") REFERENCES "Session" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE TABLE "Wait" (
    "sessionId" TEXT NOT NULL,
    "operation" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    "request" JSONB,
    "startedAt" DATETIME NOT NULL,
    "until" DATETIME,
    "isCalendar" BOOLEAN NOT NULL DEFAULT false,
    "endedAt" DATETIME,
    "answer" JSONB,
    "answeredBy" TEXT,

    PRIMARY KEY ("sessionId", "operation", "name"),
    CONSTRAINT "Wait_sessionId_operation_fkey" FOREIGN KEY ("sessionId", "operation") REFERENCES "Operation" ("sessionId", "number") ON DELETE CASCADE ON UPDATE CASCADE
);
INSERT INTO "_prisma_migrations" VALUES('48af6341-121a-4fea-9082-4ec1a2c1d85b','4f2d9bb2fe40739b13f543b92d05abb199239f0fd0e020ad501833979ab37632',1795635417732,'20261123125600_first_light',NULL,NULL,1795635417731,1);
INSERT INTO "_prisma_migrations" VALUES('3c404981-ec2f-4e9f-9ac8-50d599f22ee9','f5f3cf22646ae10a5bacf7bcc9cfce4890c50bfd07f27b9d491870a252f96e10',1795635417733,'20261125093639_operations_in_full',NULL,NULL,1795635417732,1);
INSERT INTO "_prisma_migrations" VALUES('cad68306-8ee9-419f-8484-22e56382c65a','12d8db872c773aa3e7d9b53fe5a844457d9fef46001de70109f8287f15be9ad6',1795635417734,'20261125141713_forks',NULL,NULL,1795635417734,1);
INSERT INTO "_prisma_migrations" VALUES('5fd98f23-eb90-4011-bf5f-8d48237d4c90','a082c7517be175a9a40323167e736c9ceee5fa7b636412217307f9ba638ec903',1795635417735,'20261125142024_waits',NULL,NULL,1795635417734,1);
INSERT INTO "_prisma_migrations" VALUES('f5d78ddc-ac1c-43fd-b07a-7ba8c94be7ea','ff0c08607c79ecadf2ccde28f9401e8fb15cdec661de737188583f21d430b2bd',1795635417735,'20261125172600_order_within_a_session',NULL,NULL,1795635417735,1);
INSERT INTO "_prisma_migrations" VALUES('dea6c2e1-5db4-4773-a608-ec866f4a9d85','92d9abe3887409fe55e2ad7eef65ef6ea9f1b8b892bc7ca3d36d172f62db0aa8',1795635417736,'20261125174500_recovery',NULL,NULL,1795635417736,1);
INSERT INTO "_prisma_migrations" VALUES('78ecaad4-7302-40eb-bad9-66b973448ef0','6eaf0d655ae2d63bb24413b1255d470291ddcf370c919fbd22c718653fb70363',1795635417736,'20261125175500_delta_retention',NULL,NULL,1795635417736,1);
INSERT INTO "Project" VALUES('prj_01m8a3c4msva7dvkx7dzx0g25j','default','2026-11-25T19:36:57.755+00:00');
INSERT INTO "Session" VALUES('ses_01m8a3c4xys25629h7zhs5qm6k00','prj_01m8a3c4msva7dvkx7dzx0g25j','Bakery','{}','2026-11-25T19:36:58.049+00:00',NULL,0);
INSERT INTO "Session" VALUES('ses_01m8a3c6q47gqfw0r9xg53kx5500','prj_01m8a3c4msva7dvkx7dzx0g25j','Fork','{}','2026-11-25T19:36:59.877+00:00','ses_01m8a3c4xys25629h7zhs5qm6k00',16);
INSERT INTO "SessionHead" VALUES('ses_01m8a3c4xys25629h7zhs5qm6k00',33,5,2,NULL,NULL,NULL,120,645,0,0,0,'QUEUE');
INSERT INTO "SessionHead" VALUES('ses_01m8a3c6q47gqfw0r9xg53kx5500',29,4,1,NULL,NULL,NULL,42,472,0,0,0,'QUEUE');
INSERT INTO "Operation" VALUES('ses_01m8a3c4xys25629h7zhs5qm6k00',1,'prj_01m8a3c4msva7dvkx7dzx0g25j','perform',2,'SUCCEEDED',1,0,NULL,NULL,NULL,NULL,'builtin','{"instruction":"Describe a bakery","guidance":null,"context":null,"of":null}','{"text":"To describe a bakery, begin with those it is for, and end each stage with something they can see.\n\nHow to go about it:\n1. Decide what makes it worth a detour. Describe in two sentences what the bakery offers to whom, and why they would pass by the others for it. Done when: five strangers have understood the two sentences and asked a question.\n2. Sell something before anything is signed. Offer loaves at a market stall, in a borrowed corner or by order for three weekends, and write down what sells at which price. Done when: strangers have paid the full price, several of them twice.\n3. Work out the figures. Estimate rent, wages, material and prices for a year; find how many customers a day are needed to break even, and what happens with a third fewer. Done when: somebody who knows the trade has checked the sheet and signed it.\n4. Find the place. Look at six places at different hours of the day, count who passes, and negotiate the one that fits the figures. Done when: the lease is signed, with a way out if a permit fails.\n5. Open softly, then loudly. Describe a bakery: first for neighbours and friends at half speed, a week later for everybody. Done when: the first ordinary week is over, and the books are up to date.\n\nTwo ideas on the way. “Ask for one hour from twenty people”: cut the work into pieces of one hour, put them on cards, and let people draw a card that suits them. Twenty hours arrive sooner this way than from one volunteer with good intentions. “Write the plan B on a postcard”: if the way you describe a bakery should fail, what happens the next morning? It has to fit on one postcard. Give the postcard to two people who are not you.\n\nStill open: what do customers do today instead, what would make them change, and who has not been asked yet?\n\nFirst step: decide what makes it worth a detour, today and with whatever is at hand.\n\nComposed by Lion’s builtin engine from the words given; it knows nothing beyond them. Set LION_MODEL to have a language model answer."}',NULL,0,43,500,0,0,0,'2026-11-25T19:36:58.241+00:00','2026-11-25T19:36:58.241+00:00','2026-11-25T19:36:59.727+00:00',NULL,NULL,'key_01m8a3c4n16gssevm1q2hd6e1m',0,NULL,NULL,NULL,0,0,NULL,NULL,NULL,0,'2026-11-25T19:36:59.847+00:00');
INSERT INTO "Operation" VALUES('ses_01m8a3c4xys25629h7zhs5qm6k00',2,'prj_01m8a3c4msva7dvkx7dzx0g25j','brainstorm',2,'SUCCEEDED',1,0,NULL,NULL,NULL,NULL,'builtin','{"instruction":"Name a bakery","guidance":null,"context":null,"count":3,"explore":false,"concurrency":null}','{"ideas":[{"title":"Flour, Crust & Daughters","description":"Turns the usual family firm round with a smile.","rationale":"Inversion: an expected phrase with one word turned round.","id":"idea-1","development":null},{"title":"Hello, Crust","description":"Greets people before they have decided whether to come in.","rationale":"Address the reader: a greeting is the friendliest sentence there is.","id":"idea-2","development":null},{"title":"From Rise to Oven","description":"Carries a whole story from beginning to end, and hints that one can watch it happen.","rationale":"Journey: movement in a name suggests that something is going on.","id":"idea-3","development":null}]}',NULL,0,77,145,0,0,0,'2026-11-25T19:36:59.748+00:00','2026-11-25T19:36:59.748+00:00','2026-11-25T19:36:59.841+00:00',NULL,NULL,'key_01m8a3c4n16gssevm1q2hd6e1m',0,NULL,NULL,NULL,0,0,NULL,NULL,NULL,0,'2026-11-25T19:36:59.848+00:00');
INSERT INTO "Operation" VALUES('ses_01m8a3c6q47gqfw0r9xg53kx5500',3,'prj_01m8a3c4msva7dvkx7dzx0g25j','perform',2,'SUCCEEDED',1,0,NULL,NULL,NULL,NULL,'builtin','{"instruction":"Describe it","guidance":null,"context":null,"of":null}','{"text":"The short answer: start smaller than planned, with people in the room, and let what they do decide what comes next.\n\nHow to go about it:\n1. Agree on what success looks like. Describe in two sentences what will be different once you describe it, for whom, and how one will notice. Done when: two people who were not there have understood it the same way.\n2. Find out where things stand. Collect what is already there on “it”: people, material, earlier attempts and fixed dates. Done when: one page shows what exists and what is missing.\n3. Listen to those it concerns. Talk to three people about what they expect and what they fear, before anything is settled. Done when: their three most important sentences are written down.\n4. Work out three ways. Outline three different ways to go about it, one of them very small, with effort, risk and benefit. Done when: each way fits on half a page and has an advocate.\n5. Carry it out. Describe it: in short stages, each with something to show, and a look at the aim after each of them. Done when: what was described at the beginning can be seen.\n\nTwo ideas on the way. “Make it ten times smaller”: imagine a tenth of the time, money and people to describe it, and write down what would still be in it. That small thing is the core: begin with it on Monday. “Use the leftovers of the last attempt”: something was begun before: notes, contacts, material, half a plan; go through it before you describe it from nothing. Keep what still convinces you after one night, and name the reason why the rest was dropped.\n\nStill open: who has the last word, what may it cost in time and money, and how will one notice that it was worth it?\n\nFirst step: agree on what success looks like, today and with whatever is at hand.\n\nComposed by Lion’s builtin engine from the words given; it knows nothing beyond them. Set LION_MODEL to have a language model answer."}',NULL,0,42,472,0,0,0,'2026-11-25T19:36:59.903+00:00','2026-11-25T19:36:59.903+00:00','2026-11-25T19:37:00.010+00:00',NULL,NULL,'key_01m8a3c4n16gssevm1q2hd6e1m',0,NULL,NULL,NULL,0,0,NULL,NULL,NULL,0,NULL);
INSERT INTO "Operation" VALUES('ses_01m8a3c4xys25629h7zhs5qm6k00',3,'prj_01m8a3c4msva7dvkx7dzx0g25j','select',2,'SUCCEEDED',2,0,NULL,NULL,NULL,NULL,'builtin','{"instruction":"Which?","guidance":null,"context":null,"choices":[{"id":"choice-1","label":"Golden Crust","content":null},{"id":"choice-2","label":"The Tide","content":null}],"criteria":null,"max":1,"by":"PERSON"}','{"selected":[{"choice":{"id":"choice-1","label":"Golden Crust","content":null},"score":null,"rationale":null,"tieBreak":null}]}',NULL,0,0,0,0,0,0,'2026-11-25T19:37:00.039+00:00','2026-11-25T19:37:00.039+00:00','2026-11-25T19:37:00.156+00:00',NULL,NULL,'key_01m8a3c4n16gssevm1q2hd6e1m',0,NULL,NULL,NULL,0,0,NULL,NULL,NULL,0,NULL);
INSERT INTO "Operation" VALUES('ses_01m8a3c6q47gqfw0r9xg53kx5500',4,'prj_01m8a3c4msva7dvkx7dzx0g25j','select',2,'WAITING',1,0,NULL,NULL,NULL,NULL,'builtin','{"instruction":"Which?","guidance":null,"context":null,"choices":[{"id":"choice-1","label":"Golden Crust","content":null},{"id":"choice-2","label":"The Tide","content":null}],"criteria":null,"max":1,"by":"PERSON"}',NULL,NULL,0,0,0,0,0,0,'2026-11-25T19:37:00.181+00:00','2026-11-25T19:37:00.181+00:00',NULL,NULL,NULL,'key_01m8a3c4n16gssevm1q2hd6e1m',0,NULL,NULL,'PERSON',1,0,NULL,NULL,'2026-11-25T19:37:00.181+00:00',0,NULL);
INSERT INTO "Operation" VALUES('ses_01m8a3c4xys25629h7zhs5qm6k00',4,'prj_01m8a3c4msva7dvkx7dzx0g25j','nap',1,'WAITING',1,0,NULL,NULL,NULL,NULL,'builtin','{"ms":4000}',NULL,NULL,0,0,0,0,0,0,'2026-11-25T19:37:00.187+00:00','2026-11-25T19:37:00.187+00:00',NULL,NULL,NULL,NULL,0,NULL,NULL,'TIME',1,0,NULL,NULL,'2026-11-25T19:37:00.187+00:00',0,NULL);
INSERT INTO "Operation" VALUES('ses_01m8a3c4xys25629h7zhs5qm6k00',5,'prj_01m8a3c4msva7dvkx7dzx0g25j','perform',2,'QUEUED',0,0,NULL,NULL,NULL,NULL,'builtin','{"instruction":"Wait","guidance":null,"context":null,"of":null}',NULL,NULL,0,0,0,0,0,0,'2026-11-25T19:37:00.254+00:00',NULL,NULL,NULL,NULL,'key_01m8a3c4n16gssevm1q2hd6e1m',0,NULL,NULL,NULL,0,0,NULL,NULL,NULL,0,NULL);
INSERT INTO "Step" VALUES('ses_01m8a3c4xys25629h7zhs5qm6k00',1,'answer',1,'{"value":"To describe a bakery, begin with those it is for, and end each stage with something they can see.\n\nHow to go about it:\n1. Decide what makes it worth a detour. Describe in two sentences what the bakery offers to whom, and why they would pass by the others for it. Done when: five strangers have understood the two sentences and asked a question.\n2. Sell something before anything is signed. Offer loaves at a market stall, in a borrowed corner or by order for three weekends, and write down what sells at which price. Done when: strangers have paid the full price, several of them twice.\n3. Work out the figures. Estimate rent, wages, material and prices for a year; find how many customers a day are needed to break even, and what happens with a third fewer. Done when: somebody who knows the trade has checked the sheet and signed it.\n4. Find the place. Look at six places at different hours of the day, count who passes, and negotiate the one that fits the figures. Done when: the lease is signed, with a way out if a permit fails.\n5. Open softly, then loudly. Describe a bakery: first for neighbours and friends at half speed, a week later for everybody. Done when: the first ordinary week is over, and the books are up to date.\n\nTwo ideas on the way. “Ask for one hour from twenty people”: cut the work into pieces of one hour, put them on cards, and let people draw a card that suits them. Twenty hours arrive sooner this way than from one volunteer with good intentions. “Write the plan B on a postcard”: if the way you describe a bakery should fail, what happens the next morning? It has to fit on one postcard. Give the postcard to two people who are not you.\n\nStill open: what do customers do today instead, what would make them change, and who has not been asked yet?\n\nFirst step: decide what makes it worth a detour, today and with whatever is at hand.\n\nComposed by Lion’s builtin engine from the words given; it knows nothing beyond them. Set LION_MODEL to have a language model answer."}','2026-11-25T19:36:59.729+00:00');
INSERT INTO "Step" VALUES('ses_01m8a3c4xys25629h7zhs5qm6k00',2,'ideas',1,'{"value":{"ideas":[{"title":"Flour, Crust & Daughters","description":"Turns the usual family firm round with a smile.","rationale":"Inversion: an expected phrase with one word turned round."},{"title":"Hello, Crust","description":"Greets people before they have decided whether to come in.","rationale":"Address the reader: a greeting is the friendliest sentence there is."},{"title":"From Rise to Oven","description":"Carries a whole story from beginning to end, and hints that one can watch it happen.","rationale":"Journey: movement in a name suggests that something is going on."}]}}','2026-11-25T19:36:59.842+00:00');
INSERT INTO "Step" VALUES('ses_01m8a3c6q47gqfw0r9xg53kx5500',3,'answer',1,'{"value":"The short answer: start smaller than planned, with people in the room, and let what they do decide what comes next.\n\nHow to go about it:\n1. Agree on what success looks like. Describe in two sentences what will be different once you describe it, for whom, and how one will notice. Done when: two people who were not there have understood it the same way.\n2. Find out where things stand. Collect what is already there on “it”: people, material, earlier attempts and fixed dates. Done when: one page shows what exists and what is missing.\n3. Listen to those it concerns. Talk to three people about what they expect and what they fear, before anything is settled. Done when: their three most important sentences are written down.\n4. Work out three ways. Outline three different ways to go about it, one of them very small, with effort, risk and benefit. Done when: each way fits on half a page and has an advocate.\n5. Carry it out. Describe it: in short stages, each with something to show, and a look at the aim after each of them. Done when: what was described at the beginning can be seen.\n\nTwo ideas on the way. “Make it ten times smaller”: imagine a tenth of the time, money and people to describe it, and write down what would still be in it. That small thing is the core: begin with it on Monday. “Use the leftovers of the last attempt”: something was begun before: notes, contacts, material, half a plan; go through it before you describe it from nothing. Keep what still convinces you after one night, and name the reason why the rest was dropped.\n\nStill open: who has the last word, what may it cost in time and money, and how will one notice that it was worth it?\n\nFirst step: agree on what success looks like, today and with whatever is at hand.\n\nComposed by Lion’s builtin engine from the words given; it knows nothing beyond them. Set LION_MODEL to have a language model answer."}','2026-11-25T19:37:00.010+00:00');
INSERT INTO "Step" VALUES('ses_01m8a3c4xys25629h7zhs5qm6k00',4,'before',1,'{"value":1}','2026-11-25T19:37:00.198+00:00');
INSERT INTO "Event" VALUES('ses_01m8a3c4xys25629h7zhs5qm6k00',1,'SessionCreated',2,'2026-11-25T19:36:58.049+00:00',NULL,'{"title":"Bakery","metadata":{},"expiresAt":null,"onBusy":"QUEUE"}');
INSERT INTO "Event" VALUES('ses_01m8a3c4xys25629h7zhs5qm6k00',2,'OperationQueued',2,'2026-11-25T19:36:58.241+00:00',1,'{"kind":"perform","input":{"instruction":"Describe a bakery","guidance":null,"context":null,"of":null},"parent":null,"name":null,"retryOf":null}');
INSERT INTO "Event" VALUES('ses_01m8a3c4xys25629h7zhs5qm6k00',3,'OperationStarted',1,'2026-11-25T19:36:58.241+00:00',1,'{"attempt":1,"model":"builtin"}');
INSERT INTO "Event" VALUES('ses_01m8a3c4xys25629h7zhs5qm6k00',4,'StepStarted',2,'2026-11-25T19:36:58.270+00:00',1,'{"step":"answer","try":1,"model":"builtin","prompt":"perform.answer@1"}');
INSERT INTO "Event" VALUES('ses_01m8a3c4xys25629h7zhs5qm6k00',5,'EventsPruned',1,'2026-11-25T19:36:59.541+00:00',NULL,'{"through":9}');
INSERT INTO "Event" VALUES('ses_01m8a3c4xys25629h7zhs5qm6k00',10,'StepSucceeded',2,'2026-11-25T19:36:59.727+00:00',1,'{"step":"answer","try":1,"model":"builtin","usage":{"inputTokens":43,"outputTokens":500,"cachedTokens":0,"reasoningTokens":0,"cost":0},"mends":[]}');
INSERT INTO "Event" VALUES('ses_01m8a3c4xys25629h7zhs5qm6k00',11,'OperationSucceeded',1,'2026-11-25T19:36:59.727+00:00',1,'{"kind":"perform","output":{"text":"To describe a bakery, begin with those it is for, and end each stage with something they can see.\n\nHow to go about it:\n1. Decide what makes it worth a detour. Describe in two sentences what the bakery offers to whom, and why they would pass by the others for it. Done when: five strangers have understood the two sentences and asked a question.\n2. Sell something before anything is signed. Offer loaves at a market stall, in a borrowed corner or by order for three weekends, and write down what sells at which price. Done when: strangers have paid the full price, several of them twice.\n3. Work out the figures. Estimate rent, wages, material and prices for a year; find how many customers a day are needed to break even, and what happens with a third fewer. Done when: somebody who knows the trade has checked the sheet and signed it.\n4. Find the place. Look at six places at different hours of the day, count who passes, and negotiate the one that fits the figures. Done when: the lease is signed, with a way out if a permit fails.\n5. Open softly, then loudly. Describe a bakery: first for neighbours and friends at half speed, a week later for everybody. Done when: the first ordinary week is over, and the books are up to date.\n\nTwo ideas on the way. “Ask for one hour from twenty people”: cut the work into pieces of one hour, put them on cards, and let people draw a card that suits them. Twenty hours arrive sooner this way than from one volunteer with good intentions. “Write the plan B on a postcard”: if the way you describe a bakery should fail, what happens the next morning? It has to fit on one postcard. Give the postcard to two people who are not you.\n\nStill open: what do customers do today instead, what would make them change, and who has not been asked yet?\n\nFirst step: decide what makes it worth a detour, today and with whatever is at hand.\n\nComposed by Lion’s builtin engine from the words given; it knows nothing beyond them. Set LION_MODEL to have a language model answer."}}');
INSERT INTO "Event" VALUES('ses_01m8a3c4xys25629h7zhs5qm6k00',12,'OperationQueued',2,'2026-11-25T19:36:59.748+00:00',2,'{"kind":"brainstorm","input":{"instruction":"Name a bakery","guidance":null,"context":null,"count":3,"explore":false,"concurrency":null},"parent":null,"name":null,"retryOf":null}');
INSERT INTO "Event" VALUES('ses_01m8a3c4xys25629h7zhs5qm6k00',13,'OperationStarted',1,'2026-11-25T19:36:59.748+00:00',2,'{"attempt":1,"model":"builtin"}');
INSERT INTO "Event" VALUES('ses_01m8a3c4xys25629h7zhs5qm6k00',14,'StepStarted',2,'2026-11-25T19:36:59.841+00:00',2,'{"step":"ideas","try":1,"model":"builtin","prompt":"brainstorm.ideas@1"}');
INSERT INTO "Event" VALUES('ses_01m8a3c4xys25629h7zhs5qm6k00',15,'EventsPruned',1,'2026-11-25T19:36:59.841+00:00',NULL,'{"through":17}');
INSERT INTO "Event" VALUES('ses_01m8a3c4xys25629h7zhs5qm6k00',18,'StepSucceeded',2,'2026-11-25T19:36:59.841+00:00',2,'{"step":"ideas","try":1,"model":"builtin","usage":{"inputTokens":77,"outputTokens":145,"cachedTokens":0,"reasoningTokens":0,"cost":0},"mends":[]}');
INSERT INTO "Event" VALUES('ses_01m8a3c4xys25629h7zhs5qm6k00',19,'OperationSucceeded',1,'2026-11-25T19:36:59.841+00:00',2,'{"kind":"brainstorm","output":{"ideas":[{"title":"Flour, Crust & Daughters","description":"Turns the usual family firm round with a smile.","rationale":"Inversion: an expected phrase with one word turned round.","id":"idea-1","development":null},{"title":"Hello, Crust","description":"Greets people before they have decided whether to come in.","rationale":"Address the reader: a greeting is the friendliest sentence there is.","id":"idea-2","development":null},{"title":"From Rise to Oven","description":"Carries a whole story from beginning to end, and hints that one can watch it happen.","rationale":"Journey: movement in a name suggests that something is going on.","id":"idea-3","development":null}]}}');
INSERT INTO "Event" VALUES('ses_01m8a3c6q47gqfw0r9xg53kx5500',17,'SessionForked',2,'2026-11-25T19:36:59.877+00:00',NULL,'{"title":"Fork","metadata":{},"expiresAt":null,"onBusy":"QUEUE","from":"ses_01m8a3c4xys25629h7zhs5qm6k00","unfinished":[2]}');
INSERT INTO "Event" VALUES('ses_01m8a3c6q47gqfw0r9xg53kx5500',18,'OperationQueued',2,'2026-11-25T19:36:59.903+00:00',3,'{"kind":"perform","input":{"instruction":"Describe it","guidance":null,"context":null,"of":null},"parent":null,"name":null,"retryOf":null}');
INSERT INTO "Event" VALUES('ses_01m8a3c6q47gqfw0r9xg53kx5500',19,'OperationStarted',1,'2026-11-25T19:36:59.903+00:00',3,'{"attempt":1,"model":"builtin"}');
INSERT INTO "Event" VALUES('ses_01m8a3c6q47gqfw0r9xg53kx5500',20,'StepStarted',2,'2026-11-25T19:36:59.945+00:00',3,'{"step":"answer","try":1,"model":"builtin","prompt":"perform.answer@1"}');
INSERT INTO "Event" VALUES('ses_01m8a3c6q47gqfw0r9xg53kx5500',21,'TextDelta',1,'2026-11-25T19:36:59.945+00:00',3,'{"step":"answer","try":1,"text":"The "}');
INSERT INTO "Event" VALUES('ses_01m8a3c6q47gqfw0r9xg53kx5500',22,'TextDelta',1,'2026-11-25T19:36:59.991+00:00',3,'{"step":"answer","try":1,"text":"short answer: start smaller than planned, with people in the room, and let what they do decide what comes next.\n\nHow to go about it:\n1. Agree on what success looks like. Describe in two sentences what will be different once you describe it, for whom, and how one will notice. Done when: two people who were not there have understood it the same way.\n2. Find out where things stand. Collect what is already there on “it”: people, material, earlier attempts and fixed dates. Done when: one page shows what exists and what is missing.\n3. Listen to those it concerns. Talk to three people about what they expect and what they fear, before anything is settled. Done when: their three most important sentences are written down.\n4. Work out three ways. Outline three different ways to go about it, one of them very small, with effort, risk and benefit. Done when: each way fits on half a page and has an advocate.\n5. Carry it out. Describe it: in short stages, each with something to show, and a look at the aim after each of "}');
INSERT INTO "Event" VALUES('ses_01m8a3c6q47gqfw0r9xg53kx5500',23,'TextDelta',1,'2026-11-25T19:37:00.010+00:00',3,'{"step":"answer","try":1,"text":"them. Done when: what was described at the beginning can be seen.\n\nTwo ideas on the way. “Make it ten times smaller”: imagine a tenth of the time, money and people to describe it, and write down what would still be in it. That small thing is the core: begin with it on Monday. “Use the leftovers of the last attempt”: something was begun before: notes, contacts, material, half a plan; go through it before you describe it from nothing. Keep what still convinces you after one night, and name the reason why the rest was dropped.\n\nStill open: who has the last word, what may it cost in time and money, and how will one notice that it was worth it?\n\nFirst step: agree on what success looks like, today and with whatever is at hand.\n\nComposed by Lion’s builtin engine from the words given; it knows nothing beyond them. Set LION_MODEL to have a language model answer."}');
INSERT INTO "Event" VALUES('ses_01m8a3c6q47gqfw0r9xg53kx5500',24,'StepSucceeded',2,'2026-11-25T19:37:00.010+00:00',3,'{"step":"answer","try":1,"model":"builtin","usage":{"inputTokens":42,"outputTokens":472,"cachedTokens":0,"reasoningTokens":0,"cost":0},"mends":[]}');
INSERT INTO "Event" VALUES('ses_01m8a3c6q47gqfw0r9xg53kx5500',25,'OperationSucceeded',1,'2026-11-25T19:37:00.010+00:00',3,'{"kind":"perform","output":{"text":"The short answer: start smaller than planned, with people in the room, and let what they do decide what comes next.\n\nHow to go about it:\n1. Agree on what success looks like. Describe in two sentences what will be different once you describe it, for whom, and how one will notice. Done when: two people who were not there have understood it the same way.\n2. Find out where things stand. Collect what is already there on “it”: people, material, earlier attempts and fixed dates. Done when: one page shows what exists and what is missing.\n3. Listen to those it concerns. Talk to three people about what they expect and what they fear, before anything is settled. Done when: their three most important sentences are written down.\n4. Work out three ways. Outline three different ways to go about it, one of them very small, with effort, risk and benefit. Done when: each way fits on half a page and has an advocate.\n5. Carry it out. Describe it: in short stages, each with something to show, and a look at the aim after each of them. Done when: what was described at the beginning can be seen.\n\nTwo ideas on the way. “Make it ten times smaller”: imagine a tenth of the time, money and people to describe it, and write down what would still be in it. That small thing is the core: begin with it on Monday. “Use the leftovers of the last attempt”: something was begun before: notes, contacts, material, half a plan; go through it before you describe it from nothing. Keep what still convinces you after one night, and name the reason why the rest was dropped.\n\nStill open: who has the last word, what may it cost in time and money, and how will one notice that it was worth it?\n\nFirst step: agree on what success looks like, today and with whatever is at hand.\n\nComposed by Lion’s builtin engine from the words given; it knows nothing beyond them. Set LION_MODEL to have a language model answer."}}');
INSERT INTO "Event" VALUES('ses_01m8a3c4xys25629h7zhs5qm6k00',20,'OperationQueued',2,'2026-11-25T19:37:00.039+00:00',3,'{"kind":"select","input":{"instruction":"Which?","guidance":null,"context":null,"choices":[{"id":"choice-1","label":"Golden Crust","content":null},{"id":"choice-2","label":"The Tide","content":null}],"criteria":null,"max":1,"by":"PERSON"},"parent":null,"name":null,"retryOf":null}');
INSERT INTO "Event" VALUES('ses_01m8a3c4xys25629h7zhs5qm6k00',21,'OperationStarted',1,'2026-11-25T19:37:00.039+00:00',3,'{"attempt":1,"model":"builtin"}');
INSERT INTO "Event" VALUES('ses_01m8a3c4xys25629h7zhs5qm6k00',22,'InputRequested',1,'2026-11-25T19:37:00.052+00:00',3,'{"name":"selection","question":"Which?","context":{"guidance":null,"criteria":null,"choices":[{"id":"choice-1","label":"Golden Crust"},{"id":"choice-2","label":"The Tide"}]},"schema":{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","properties":{"selected":{"minItems":1,"maxItems":1,"type":"array","items":{"type":"string","enum":["choice-1","choice-2"]},"uniqueItems":true,"description":"The ids of the choices that are selected, best first."},"rationale":{"description":"Why.","anyOf":[{"type":"string","maxLength":20000},{"type":"null"}]}},"required":["selected"]},"complaint":null,"until":null}');
INSERT INTO "Event" VALUES('ses_01m8a3c4xys25629h7zhs5qm6k00',23,'OperationWaiting',1,'2026-11-25T19:37:00.074+00:00',3,'{"reason":"PERSON","names":["selection"],"until":null}');
INSERT INTO "Event" VALUES('ses_01m8a3c4xys25629h7zhs5qm6k00',24,'InputReceived',1,'2026-11-25T19:37:00.119+00:00',3,'{"name":"selection","answer":{"selected":["choice-1"]},"by":"the key \"test\"","keyId":"key_01m8a3c4n16gssevm1q2hd6e1m"}');
INSERT INTO "Event" VALUES('ses_01m8a3c4xys25629h7zhs5qm6k00',25,'OperationResumed',1,'2026-11-25T19:37:00.119+00:00',3,'{"name":"selection"}');
INSERT INTO "Event" VALUES('ses_01m8a3c4xys25629h7zhs5qm6k00',26,'OperationStarted',1,'2026-11-25T19:37:00.135+00:00',3,'{"attempt":2,"model":"builtin"}');
INSERT INTO "Event" VALUES('ses_01m8a3c4xys25629h7zhs5qm6k00',27,'OperationSucceeded',1,'2026-11-25T19:37:00.156+00:00',3,'{"kind":"select","output":{"selected":[{"choice":{"id":"choice-1","label":"Golden Crust","content":null},"score":null,"rationale":null,"tieBreak":null}]}}');
INSERT INTO "Event" VALUES('ses_01m8a3c6q47gqfw0r9xg53kx5500',26,'OperationQueued',2,'2026-11-25T19:37:00.181+00:00',4,'{"kind":"select","input":{"instruction":"Which?","guidance":null,"context":null,"choices":[{"id":"choice-1","label":"Golden Crust","content":null},{"id":"choice-2","label":"The Tide","content":null}],"criteria":null,"max":1,"by":"PERSON"},"parent":null,"name":null,"retryOf":null}');
INSERT INTO "Event" VALUES('ses_01m8a3c6q47gqfw0r9xg53kx5500',27,'OperationStarted',1,'2026-11-25T19:37:00.181+00:00',4,'{"attempt":1,"model":"builtin"}');
INSERT INTO "Event" VALUES('ses_01m8a3c6q47gqfw0r9xg53kx5500',28,'InputRequested',1,'2026-11-25T19:37:00.187+00:00',4,'{"name":"selection","question":"Which?","context":{"guidance":null,"criteria":null,"choices":[{"id":"choice-1","label":"Golden Crust"},{"id":"choice-2","label":"The Tide"}]},"schema":{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","properties":{"selected":{"minItems":1,"maxItems":1,"type":"array","items":{"type":"string","enum":["choice-1","choice-2"]},"uniqueItems":true,"description":"The ids of the choices that are selected, best first."},"rationale":{"description":"Why.","anyOf":[{"type":"string","maxLength":20000},{"type":"null"}]}},"required":["selected"]},"complaint":null,"until":null}');
INSERT INTO "Event" VALUES('ses_01m8a3c4xys25629h7zhs5qm6k00',28,'OperationQueued',2,'2026-11-25T19:37:00.187+00:00',4,'{"kind":"nap","input":{"ms":4000},"parent":null,"name":null,"retryOf":null}');
INSERT INTO "Event" VALUES('ses_01m8a3c4xys25629h7zhs5qm6k00',29,'OperationStarted',1,'2026-11-25T19:37:00.187+00:00',4,'{"attempt":1,"model":"builtin"}');
INSERT INTO "Event" VALUES('ses_01m8a3c4xys25629h7zhs5qm6k00',30,'StepStarted',2,'2026-11-25T19:37:00.198+00:00',4,'{"step":"before","try":1,"model":null,"prompt":null}');
INSERT INTO "Event" VALUES('ses_01m8a3c4xys25629h7zhs5qm6k00',31,'StepSucceeded',2,'2026-11-25T19:37:00.198+00:00',4,'{"step":"before","try":1,"model":null,"usage":{"inputTokens":0,"outputTokens":0,"cachedTokens":0,"reasoningTokens":0,"cost":0},"mends":[]}');
INSERT INTO "Event" VALUES('ses_01m8a3c6q47gqfw0r9xg53kx5500',29,'OperationWaiting',1,'2026-11-25T19:37:00.202+00:00',4,'{"reason":"PERSON","names":["selection"],"until":null}');
INSERT INTO "Event" VALUES('ses_01m8a3c4xys25629h7zhs5qm6k00',32,'OperationWaiting',1,'2026-11-25T19:37:00.214+00:00',4,'{"reason":"TIME","names":["sleep 1"],"until":"2026-11-25T19:37:04.202Z"}');
INSERT INTO "Event" VALUES('ses_01m8a3c4xys25629h7zhs5qm6k00',33,'OperationQueued',2,'2026-11-25T19:37:00.254+00:00',5,'{"kind":"perform","input":{"instruction":"Wait","guidance":null,"context":null,"of":null},"parent":null,"name":null,"retryOf":null}');
INSERT INTO "UsageOfDay" VALUES('prj_01m8a3c4msva7dvkx7dzx0g25j','2026-11-25','builtin','perform','key_01m8a3c4n16gssevm1q2hd6e1m',2,85,972,0,0,0,0);
INSERT INTO "UsageOfDay" VALUES('prj_01m8a3c4msva7dvkx7dzx0g25j','2026-11-25','builtin','brainstorm','key_01m8a3c4n16gssevm1q2hd6e1m',1,77,145,0,0,0,0);
INSERT INTO "Fork" VALUES('ses_01m8a3c6q47gqfw0r9xg53kx5500','ses_01m8a3c4xys25629h7zhs5qm6k00',16,2,1,'[{"number":2,"status":"RUNNING","attempt":1,"startedAt":"2026-11-25T19:36:59.748Z","inputTokens":0,"outputTokens":0,"cachedTokens":0,"reasoningTokens":0,"cost":0}]');
INSERT INTO "Wait" VALUES('ses_01m8a3c4xys25629h7zhs5qm6k00',3,'selection','PERSON','{"question":"Which?","context":{"guidance":null,"criteria":null,"choices":[{"id":"choice-1","label":"Golden Crust"},{"id":"choice-2","label":"The Tide"}]},"schema":{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","properties":{"selected":{"minItems":1,"maxItems":1,"type":"array","items":{"type":"string","enum":["choice-1","choice-2"]},"uniqueItems":true,"description":"The ids of the choices that are selected, best first."},"rationale":{"description":"Why.","anyOf":[{"type":"string","maxLength":20000},{"type":"null"}]}},"required":["selected"]},"complaint":null}','2026-11-25T19:37:00.052+00:00',NULL,0,'2026-11-25T19:37:00.119+00:00','{"value":{"selected":["choice-1"]}}','the key "test"');
INSERT INTO "Wait" VALUES('ses_01m8a3c6q47gqfw0r9xg53kx5500',4,'selection','PERSON','{"question":"Which?","context":{"guidance":null,"criteria":null,"choices":[{"id":"choice-1","label":"Golden Crust"},{"id":"choice-2","label":"The Tide"}]},"schema":{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","properties":{"selected":{"minItems":1,"maxItems":1,"type":"array","items":{"type":"string","enum":["choice-1","choice-2"]},"uniqueItems":true,"description":"The ids of the choices that are selected, best first."},"rationale":{"description":"Why.","anyOf":[{"type":"string","maxLength":20000},{"type":"null"}]}},"required":["selected"]},"complaint":null}','2026-11-25T19:37:00.187+00:00',NULL,0,NULL,NULL,NULL);
INSERT INTO "Wait" VALUES('ses_01m8a3c4xys25629h7zhs5qm6k00',4,'sleep 1','TIME',NULL,'2026-11-25T19:37:00.202+00:00','2026-11-25T19:37:04.202+00:00',0,NULL,NULL,NULL);
CREATE UNIQUE INDEX "Key_hash_key" ON "Key"("hash");
CREATE INDEX "Key_projectId_idx" ON "Key"("projectId");
CREATE INDEX "Session_projectId_id_idx" ON "Session"("projectId", "id");
CREATE INDEX "SessionHead_expiresAt_idx" ON "SessionHead"("expiresAt");
CREATE INDEX "Operation_sessionId_retryOf_idx" ON "Operation"("sessionId", "retryOf");
CREATE INDEX "Operation_projectId_createdAt_sessionId_number_idx" ON "Operation"("projectId", "createdAt", "sessionId", "number");
CREATE UNIQUE INDEX "Operation_sessionId_parent_position_key" ON "Operation"("sessionId", "parent", "position");
CREATE INDEX "Event_sessionId_operation_seq_idx" ON "Event"("sessionId", "operation", "seq");
CREATE INDEX "Event_sessionId_type_seq_idx" ON "Event"("sessionId", "type", "seq");
CREATE INDEX "IdempotencyKey_sessionId_operation_idx" ON "IdempotencyKey"("sessionId", "operation");
CREATE UNIQUE INDEX "Operation_sessionId_parent_name_key" ON "Operation"("sessionId", "parent", "name");
CREATE INDEX "Fork_parentId_seq_idx" ON "Fork"("parentId", "seq");
CREATE INDEX "Wait_endedAt_until_idx" ON "Wait"("endedAt", "until");
CREATE INDEX "Operation_status_readyAt_idx" ON "Operation"("status", "readyAt");
CREATE INDEX "Operation_sessionId_parent_status_number_idx" ON "Operation"("sessionId", "parent", "status", "number");
CREATE INDEX "IdempotencyKey_createdAt_idx" ON "IdempotencyKey"("createdAt");
CREATE INDEX "Operation_prunedAt_finishedAt_idx" ON "Operation"("prunedAt", "finishedAt");
COMMIT;
