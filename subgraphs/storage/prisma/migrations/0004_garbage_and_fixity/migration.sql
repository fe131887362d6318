-- CreateEnum
CREATE TYPE "quarantine_reason" AS ENUM ('ORPHAN', 'PURGED', 'DAMAGED', 'RELEASED');
CREATE TYPE "scan_kind" AS ENUM ('FIXITY', 'ORPHANS');
CREATE TYPE "scan_state" AS ENUM ('RUNNING', 'DONE', 'FAILED');
CREATE TYPE "finding_kind" AS ENUM ('DAMAGED', 'MISSING', 'UNREADABLE', 'ORPHAN', 'FOREIGN');

-- AlterTable
ALTER TABLE "replicas" ADD COLUMN "quarantined_at" TIMESTAMPTZ(6),
ADD COLUMN "quarantine_reason" "quarantine_reason";

-- CreateIndex
CREATE INDEX "replicas_backend_id_blob_id_idx" ON "replicas"("backend_id", "blob_id");

-- Bytes that are being published, or taken away: no other row speaks for them.
CREATE TABLE "object_intents" (
    "backend_id" UUID NOT NULL,
    "key" TEXT NOT NULL,
    "holder" UUID NOT NULL,
    "lease_until" TIMESTAMPTZ(6) NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "object_intents_pkey" PRIMARY KEY ("backend_id","key")
);
CREATE INDEX "object_intents_lease_until_idx" ON "object_intents"("lease_until");

-- Bytes that are nobody's any more, waiting for their end.
CREATE TABLE "quarantined_objects" (
    "backend_id" UUID NOT NULL,
    "key" TEXT NOT NULL,
    "size" BIGINT NOT NULL,
    "reason" "quarantine_reason" NOT NULL,
    "since" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "delete_after" TIMESTAMPTZ(6) NOT NULL,
    "approved" BOOLEAN NOT NULL DEFAULT false,

    CONSTRAINT "quarantined_objects_pkey" PRIMARY KEY ("backend_id","key")
);
CREATE INDEX "quarantined_objects_backend_id_delete_after_idx" ON "quarantined_objects"("backend_id", "delete_after");

-- Walks over the places for bytes, what each has done at each place, and what it came upon.
CREATE TABLE "scans" (
    "id" UUID NOT NULL,
    "kind" "scan_kind" NOT NULL,
    "state" "scan_state" NOT NULL DEFAULT 'RUNNING',
    "bytes_per_second" BIGINT,
    "started_by" UUID,
    "started_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "finished_at" TIMESTAMPTZ(6),

    CONSTRAINT "scans_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "scans_kind_started_at_idx" ON "scans"("kind", "started_at");
-- One of each kind at a time, whoever begins it.
CREATE UNIQUE INDEX "scans_one_running" ON "scans"("kind") WHERE "state" = 'RUNNING';

CREATE TABLE "scan_slices" (
    "scan_id" UUID NOT NULL,
    "backend_id" UUID NOT NULL,
    "state" "scan_state" NOT NULL DEFAULT 'RUNNING',
    "listed" BOOLEAN NOT NULL DEFAULT false,
    "cursor" TEXT,
    "holder" UUID,
    "lease_until" TIMESTAMPTZ(6),
    "failures" INTEGER NOT NULL DEFAULT 0,
    "message" TEXT,
    "checked" BIGINT NOT NULL DEFAULT 0,
    "ok" BIGINT NOT NULL DEFAULT 0,
    "damaged" BIGINT NOT NULL DEFAULT 0,
    "missing" BIGINT NOT NULL DEFAULT 0,
    "repaired" BIGINT NOT NULL DEFAULT 0,
    "orphans" BIGINT NOT NULL DEFAULT 0,
    "foreign" BIGINT NOT NULL DEFAULT 0,
    "bytes" BIGINT NOT NULL DEFAULT 0,

    CONSTRAINT "scan_slices_pkey" PRIMARY KEY ("scan_id","backend_id")
);

CREATE TABLE "scan_findings" (
    "id" UUID NOT NULL,
    "scan_id" UUID NOT NULL,
    "backend_id" UUID NOT NULL,
    "kind" "finding_kind" NOT NULL,
    "key" TEXT NOT NULL,
    "blob_id" UUID,
    "found_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "repaired_at" TIMESTAMPTZ(6),

    CONSTRAINT "scan_findings_pkey" PRIMARY KEY ("id")
);
CREATE UNIQUE INDEX "scan_findings_scan_id_backend_id_key_key" ON "scan_findings"("scan_id", "backend_id", "key");
CREATE INDEX "scan_findings_scan_id_id_idx" ON "scan_findings"("scan_id", "id");

-- AddForeignKey
ALTER TABLE "object_intents" ADD CONSTRAINT "object_intents_backend_id_fkey" FOREIGN KEY ("backend_id") REFERENCES "storage_backends"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "quarantined_objects" ADD CONSTRAINT "quarantined_objects_backend_id_fkey" FOREIGN KEY ("backend_id") REFERENCES "storage_backends"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "scan_slices" ADD CONSTRAINT "scan_slices_scan_id_fkey" FOREIGN KEY ("scan_id") REFERENCES "scans"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "scan_slices" ADD CONSTRAINT "scan_slices_backend_id_fkey" FOREIGN KEY ("backend_id") REFERENCES "storage_backends"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "scan_findings" ADD CONSTRAINT "scan_findings_scan_id_fkey" FOREIGN KEY ("scan_id") REFERENCES "scans"("id") ON DELETE CASCADE ON UPDATE CASCADE;
