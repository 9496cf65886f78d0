-- CreateTable
CREATE TABLE "FormerSecret" (
    "hash" TEXT NOT NULL PRIMARY KEY,
    "keyId" TEXT NOT NULL,
    "prefix" TEXT NOT NULL,
    "endsAt" DATETIME NOT NULL,
    "lastUsedAt" DATETIME,
    CONSTRAINT "FormerSecret_keyId_fkey" FOREIGN KEY ("keyId") REFERENCES "Key" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "TokenSecret" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "secret" TEXT NOT NULL,
    "createdAt" DATETIME NOT NULL
);

-- CreateTable
CREATE TABLE "AuditEntry" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "projectId" TEXT NOT NULL,
    "at" DATETIME NOT NULL,
    "action" TEXT NOT NULL,
    "keyId" TEXT,
    "by" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "details" JSONB NOT NULL
);

-- AlterTable
ALTER TABLE "Key" ADD COLUMN "expiresAt" DATETIME;
ALTER TABLE "Key" ADD COLUMN "revokedAt" DATETIME;
ALTER TABLE "Key" ADD COLUMN "lastUsedAt" DATETIME;
ALTER TABLE "Key" ADD COLUMN "isOfDeployment" BOOLEAN NOT NULL DEFAULT false;
ALTER TABLE "Key" ADD COLUMN "isWeak" BOOLEAN NOT NULL DEFAULT false;

-- CreateIndex
CREATE INDEX "FormerSecret_keyId_idx" ON "FormerSecret"("keyId");

-- CreateIndex
CREATE INDEX "FormerSecret_endsAt_idx" ON "FormerSecret"("endsAt");

-- CreateIndex
CREATE INDEX "AuditEntry_projectId_id_idx" ON "AuditEntry"("projectId", "id");

-- CreateIndex
CREATE INDEX "AuditEntry_projectId_subject_id_idx" ON "AuditEntry"("projectId", "subject", "id");

-- What was done stays as it was written, whoever has the database open.
CREATE TRIGGER "AuditEntry_no_update" BEFORE UPDATE ON "AuditEntry" BEGIN
    SELECT RAISE(ABORT, 'the audit is append-only');
END;
CREATE TRIGGER "AuditEntry_no_delete" BEFORE DELETE ON "AuditEntry" BEGIN
    SELECT RAISE(ABORT, 'the audit is append-only');
END;
