-- CreateTable
CREATE TABLE "Project" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "name" TEXT NOT NULL,
    "createdAt" DATETIME NOT NULL
);

-- CreateTable
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

-- CreateTable
CREATE TABLE "Session" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "projectId" TEXT NOT NULL,
    "title" TEXT,
    "metadata" JSONB NOT NULL,
    "createdAt" DATETIME NOT NULL
);

-- CreateTable
CREATE TABLE "SessionHead" (
    "sessionId" TEXT NOT NULL PRIMARY KEY,
    "lastSeq" INTEGER NOT NULL,
    "lastOperation" INTEGER NOT NULL,
    "unfinished" INTEGER NOT NULL,
    "ttlSeconds" INTEGER,
    "expiresAt" DATETIME,
    "expiredAt" DATETIME,
    CONSTRAINT "SessionHead_sessionId_fkey" FOREIGN KEY ("sessionId") REFERENCES "Session" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
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
    "deadlineAt" DATETIME,

    PRIMARY KEY ("sessionId", "number"),
    CONSTRAINT "Operation_sessionId_fkey" FOREIGN KEY ("sessionId") REFERENCES "Session" ("id") ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT "Operation_sessionId_parent_fkey" FOREIGN KEY ("sessionId", "parent") REFERENCES "Operation" ("sessionId", "number") ON DELETE NO ACTION ON UPDATE NO ACTION,
    CONSTRAINT "Operation_sessionId_retryOf_fkey" FOREIGN KEY ("sessionId", "retryOf") REFERENCES "Operation" ("sessionId", "number") ON DELETE NO ACTION ON UPDATE NO ACTION
);

-- CreateTable
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

-- CreateTable
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

-- CreateTable
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

-- CreateIndex
CREATE UNIQUE INDEX "Key_hash_key" ON "Key"("hash");

-- CreateIndex
CREATE INDEX "Key_projectId_idx" ON "Key"("projectId");

-- CreateIndex
CREATE INDEX "Session_projectId_id_idx" ON "Session"("projectId", "id");

-- CreateIndex
CREATE INDEX "SessionHead_expiresAt_idx" ON "SessionHead"("expiresAt");

-- CreateIndex
CREATE INDEX "Operation_sessionId_retryOf_idx" ON "Operation"("sessionId", "retryOf");

-- CreateIndex
CREATE INDEX "Operation_projectId_createdAt_sessionId_number_idx" ON "Operation"("projectId", "createdAt", "sessionId", "number");

-- CreateIndex
CREATE INDEX "Operation_status_createdAt_idx" ON "Operation"("status", "createdAt");

-- CreateIndex
CREATE UNIQUE INDEX "Operation_sessionId_parent_position_key" ON "Operation"("sessionId", "parent", "position");

-- CreateIndex
CREATE INDEX "Event_sessionId_operation_seq_idx" ON "Event"("sessionId", "operation", "seq");

-- CreateIndex
CREATE INDEX "Event_sessionId_type_seq_idx" ON "Event"("sessionId", "type", "seq");

-- CreateIndex
CREATE INDEX "IdempotencyKey_sessionId_operation_idx" ON "IdempotencyKey"("sessionId", "operation");
