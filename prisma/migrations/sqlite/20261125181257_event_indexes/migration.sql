-- Columns are added in place: the table keeps its rows, whatever their size.
ALTER TABLE "Operation" ADD COLUMN "queuedSeq" INTEGER NOT NULL DEFAULT 0;
ALTER TABLE "Operation" ADD COLUMN "endedSeq" INTEGER;
UPDATE "Operation" SET
    "queuedSeq" = COALESCE((
        SELECT MIN("seq") FROM "Event" WHERE "Event"."sessionId" = "Operation"."sessionId" AND "Event"."operation" = "Operation"."number"), 0),
    "endedSeq" = (
        SELECT MAX("seq") FROM "Event" WHERE "Event"."sessionId" = "Operation"."sessionId" AND "Event"."operation" = "Operation"."number"
        AND "type" IN ('OperationSucceeded', 'OperationFailed', 'OperationCancelled'));

-- RedefineTables: each operation would else look for its events in all of the table before it can be deleted.
CREATE TABLE "new_Event" (
    "sessionId" TEXT NOT NULL,
    "seq" INTEGER NOT NULL,
    "type" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "at" DATETIME NOT NULL,
    "operation" INTEGER,
    "payload" JSONB NOT NULL,

    PRIMARY KEY ("sessionId", "seq"),
    CONSTRAINT "Event_sessionId_fkey" FOREIGN KEY ("sessionId") REFERENCES "Session" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);
INSERT INTO "new_Event" ("sessionId", "seq", "type", "version", "at", "operation", "payload")
    SELECT "sessionId", "seq", "type", "version", "at", "operation", "payload" FROM "Event" ORDER BY rowid;
DROP TABLE "Event";
ALTER TABLE "new_Event" RENAME TO "Event";

-- CreateIndex: of the types that are not frequent, as in src/history/selection.ts
CREATE INDEX "Event_milestones" ON "Event"("sessionId", "type", "seq")
    WHERE "type" NOT IN ('TextDelta', 'ReasoningDelta', 'IdeaProposed', 'PlanStepProposed', 'ChoiceScored', 'DataEmitted');
