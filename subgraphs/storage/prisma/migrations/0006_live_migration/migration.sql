-- CreateEnum
CREATE TYPE "migration_state" AS ENUM ('RUNNING', 'PAUSED', 'READY_TO_FINISH', 'FINISHED', 'CANCELLED', 'ROLLING_BACK', 'FAILED');
CREATE TYPE "migration_direction" AS ENUM ('FORWARD', 'BACK');
CREATE TYPE "migration_item_state" AS ENUM ('PENDING', 'COPYING', 'VERIFYING', 'DONE', 'FAILED');
CREATE TYPE "migration_verify" AS ENUM ('READ_BACK', 'TARGET_CHECKSUM');
CREATE TYPE "migration_release" AS ENUM ('QUARANTINING', 'RETAINED', 'HELD', 'DELETING', 'DONE');

-- AlterTable
ALTER TABLE "replicas" ADD COLUMN "key" TEXT;
CREATE UNIQUE INDEX "replicas_key_key" ON "replicas"("key");

-- CreateTable
CREATE TABLE "migrations" (
    "id" UUID NOT NULL,
    "target_id" UUID NOT NULL,
    "target_name" TEXT NOT NULL,
    "source_ids" UUID[],
    "source_names" TEXT[],
    "return_to_id" UUID NOT NULL,
    "takes_new_files" BOOLEAN NOT NULL,
    "buckets" TEXT[],
    "owner_ids" UUID[],
    "created_after" TIMESTAMPTZ(6),
    "created_before" TIMESTAMPTZ(6),
    "state" "migration_state" NOT NULL DEFAULT 'RUNNING',
    "direction" "migration_direction" NOT NULL DEFAULT 'FORWARD',
    "verify" "migration_verify" NOT NULL DEFAULT 'READ_BACK',
    "concurrency" INTEGER,
    "bytes_per_second" BIGINT,
    "retention_days" INTEGER NOT NULL,
    "problem" TEXT,
    "version" INTEGER NOT NULL DEFAULT 1,
    "planning" BOOLEAN NOT NULL DEFAULT true,
    "plan_passes" INTEGER NOT NULL DEFAULT 0,
    "plan_source" INTEGER NOT NULL DEFAULT 0,
    "plan_cursor" UUID,
    "plan_found" INTEGER NOT NULL DEFAULT 0,
    "planned_at" TIMESTAMPTZ(6),
    "release" "migration_release",
    "release_all" BOOLEAN NOT NULL DEFAULT false,
    "release_cursor" UUID,
    "release_source" INTEGER NOT NULL DEFAULT 0,
    "released_items" BIGINT NOT NULL DEFAULT 0,
    "released_bytes" BIGINT NOT NULL DEFAULT 0,
    "started_by" TEXT NOT NULL,
    "started_at" TIMESTAMPTZ(6) NOT NULL,
    "ready_at" TIMESTAMPTZ(6),
    "finished_at" TIMESTAMPTZ(6),
    "cancelled_at" TIMESTAMPTZ(6),
    "rolled_back_at" TIMESTAMPTZ(6),
    "retention_ends_at" TIMESTAMPTZ(6),

    CONSTRAINT "migrations_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "migrations_state_idx" ON "migrations"("state");
CREATE INDEX "migrations_release_idx" ON "migrations"("release");

CREATE TABLE "migration_items" (
    "migration_id" UUID NOT NULL,
    "direction" "migration_direction" NOT NULL,
    "blob_id" UUID NOT NULL,
    "state" "migration_item_state" NOT NULL DEFAULT 'PENDING',
    "size" BIGINT NOT NULL,
    -- Above 8 MiB.
    "large" BOOLEAN NOT NULL GENERATED ALWAYS AS ("size" > 8388608) STORED,
    "lease_token" UUID,
    "lease_until" TIMESTAMPTZ(6),
    "key" TEXT,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "next_attempt_at" TIMESTAMPTZ(6) NOT NULL,
    "reason_code" TEXT,
    "reason" TEXT,
    "done_at" TIMESTAMPTZ(6),

    CONSTRAINT "migration_items_pkey" PRIMARY KEY ("migration_id","direction","blob_id")
);
-- For whoever looks for work, for whoever looks for the work of the dead, and for whoever lists what failed.
CREATE INDEX "migration_items_waiting" ON "migration_items" ("migration_id", "direction", "large", "blob_id") WHERE "state" = 'PENDING';
CREATE INDEX "migration_items_leased" ON "migration_items" ("lease_until") WHERE "state" IN ('COPYING', 'VERIFYING');
CREATE INDEX "migration_items_failed" ON "migration_items" ("migration_id", "direction", "blob_id") WHERE "state" = 'FAILED';

CREATE TABLE "migration_progress" (
    "migration_id" UUID NOT NULL,
    "direction" "migration_direction" NOT NULL,
    "pending_items" BIGINT NOT NULL DEFAULT 0,
    "pending_bytes" BIGINT NOT NULL DEFAULT 0,
    "copying_items" BIGINT NOT NULL DEFAULT 0,
    "copying_bytes" BIGINT NOT NULL DEFAULT 0,
    "verifying_items" BIGINT NOT NULL DEFAULT 0,
    "verifying_bytes" BIGINT NOT NULL DEFAULT 0,
    "done_items" BIGINT NOT NULL DEFAULT 0,
    "done_bytes" BIGINT NOT NULL DEFAULT 0,
    "failed_items" BIGINT NOT NULL DEFAULT 0,
    "failed_bytes" BIGINT NOT NULL DEFAULT 0,
    "retries" BIGINT NOT NULL DEFAULT 0,
    "byte_rate" DOUBLE PRECISION NOT NULL DEFAULT 0,
    "item_rate" DOUBLE PRECISION NOT NULL DEFAULT 0,
    "rated_at" TIMESTAMPTZ(6),
    "rated_since" TIMESTAMPTZ(6),

    CONSTRAINT "migration_progress_pkey" PRIMARY KEY ("migration_id","direction")
) WITH (fillfactor = 50);

CREATE TABLE "migration_workers" (
    "migration_id" UUID NOT NULL,
    "worker_id" UUID NOT NULL,
    "seen_at" TIMESTAMPTZ(6) NOT NULL,
    "moving_items" INTEGER NOT NULL,
    "moving_bytes" BIGINT NOT NULL,
    "at_once" INTEGER NOT NULL,

    CONSTRAINT "migration_workers_pkey" PRIMARY KEY ("migration_id","worker_id")
) WITH (fillfactor = 50);

CREATE TABLE "migration_events" (
    "id" UUID NOT NULL,
    "migration_id" UUID NOT NULL,
    "at" TIMESTAMPTZ(6) NOT NULL,
    "actor_id" TEXT,
    "action" TEXT NOT NULL,
    "details" JSONB NOT NULL DEFAULT '{}',

    CONSTRAINT "migration_events_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "migration_events_migration_id_id_idx" ON "migration_events"("migration_id", "id");

-- AddForeignKey
ALTER TABLE "migration_items" ADD CONSTRAINT "migration_items_migration_id_fkey" FOREIGN KEY ("migration_id") REFERENCES "migrations"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "migration_progress" ADD CONSTRAINT "migration_progress_migration_id_fkey" FOREIGN KEY ("migration_id") REFERENCES "migrations"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "migration_workers" ADD CONSTRAINT "migration_workers_migration_id_fkey" FOREIGN KEY ("migration_id") REFERENCES "migrations"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "migration_events" ADD CONSTRAINT "migration_events_migration_id_fkey" FOREIGN KEY ("migration_id") REFERENCES "migrations"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- The sums follow the items in the same transaction, whoever changes them: they cannot drift, and reading them costs one row.
CREATE FUNCTION "count_migration_items"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    UPDATE "migration_progress" p SET
        "pending_items" = p."pending_items" + d."pending_items",
        "pending_bytes" = p."pending_bytes" + d."pending_bytes",
        "copying_items" = p."copying_items" + d."copying_items",
        "copying_bytes" = p."copying_bytes" + d."copying_bytes",
        "verifying_items" = p."verifying_items" + d."verifying_items",
        "verifying_bytes" = p."verifying_bytes" + d."verifying_bytes",
        "done_items" = p."done_items" + d."done_items",
        "done_bytes" = p."done_bytes" + d."done_bytes",
        "failed_items" = p."failed_items" + d."failed_items",
        "failed_bytes" = p."failed_bytes" + d."failed_bytes"
    FROM (
      SELECT "migration_id", "direction",
        coalesce(sum("n") FILTER (WHERE "state" = 'PENDING'), 0) AS "pending_items", coalesce(sum("n" * "size") FILTER (WHERE "state" = 'PENDING'), 0) AS "pending_bytes",
        coalesce(sum("n") FILTER (WHERE "state" = 'COPYING'), 0) AS "copying_items", coalesce(sum("n" * "size") FILTER (WHERE "state" = 'COPYING'), 0) AS "copying_bytes",
        coalesce(sum("n") FILTER (WHERE "state" = 'VERIFYING'), 0) AS "verifying_items", coalesce(sum("n" * "size") FILTER (WHERE "state" = 'VERIFYING'), 0) AS "verifying_bytes",
        coalesce(sum("n") FILTER (WHERE "state" = 'DONE'), 0) AS "done_items", coalesce(sum("n" * "size") FILTER (WHERE "state" = 'DONE'), 0) AS "done_bytes",
        coalesce(sum("n") FILTER (WHERE "state" = 'FAILED'), 0) AS "failed_items", coalesce(sum("n" * "size") FILTER (WHERE "state" = 'FAILED'), 0) AS "failed_bytes"
      FROM (SELECT "migration_id", "direction", "state", "size", 1 AS "n" FROM added) AS changes
      GROUP BY "migration_id", "direction"
    ) d
    WHERE p."migration_id" = d."migration_id" AND p."direction" = d."direction";
  ELSIF TG_OP = 'DELETE' THEN
    UPDATE "migration_progress" p SET
        "pending_items" = p."pending_items" + d."pending_items",
        "pending_bytes" = p."pending_bytes" + d."pending_bytes",
        "copying_items" = p."copying_items" + d."copying_items",
        "copying_bytes" = p."copying_bytes" + d."copying_bytes",
        "verifying_items" = p."verifying_items" + d."verifying_items",
        "verifying_bytes" = p."verifying_bytes" + d."verifying_bytes",
        "done_items" = p."done_items" + d."done_items",
        "done_bytes" = p."done_bytes" + d."done_bytes",
        "failed_items" = p."failed_items" + d."failed_items",
        "failed_bytes" = p."failed_bytes" + d."failed_bytes"
    FROM (
      SELECT "migration_id", "direction",
        coalesce(sum("n") FILTER (WHERE "state" = 'PENDING'), 0) AS "pending_items", coalesce(sum("n" * "size") FILTER (WHERE "state" = 'PENDING'), 0) AS "pending_bytes",
        coalesce(sum("n") FILTER (WHERE "state" = 'COPYING'), 0) AS "copying_items", coalesce(sum("n" * "size") FILTER (WHERE "state" = 'COPYING'), 0) AS "copying_bytes",
        coalesce(sum("n") FILTER (WHERE "state" = 'VERIFYING'), 0) AS "verifying_items", coalesce(sum("n" * "size") FILTER (WHERE "state" = 'VERIFYING'), 0) AS "verifying_bytes",
        coalesce(sum("n") FILTER (WHERE "state" = 'DONE'), 0) AS "done_items", coalesce(sum("n" * "size") FILTER (WHERE "state" = 'DONE'), 0) AS "done_bytes",
        coalesce(sum("n") FILTER (WHERE "state" = 'FAILED'), 0) AS "failed_items", coalesce(sum("n" * "size") FILTER (WHERE "state" = 'FAILED'), 0) AS "failed_bytes"
      FROM (SELECT "migration_id", "direction", "state", "size", -1 AS "n" FROM removed) AS changes
      GROUP BY "migration_id", "direction"
    ) d
    WHERE p."migration_id" = d."migration_id" AND p."direction" = d."direction";
  ELSE
    UPDATE "migration_progress" p SET
        "pending_items" = p."pending_items" + d."pending_items",
        "pending_bytes" = p."pending_bytes" + d."pending_bytes",
        "copying_items" = p."copying_items" + d."copying_items",
        "copying_bytes" = p."copying_bytes" + d."copying_bytes",
        "verifying_items" = p."verifying_items" + d."verifying_items",
        "verifying_bytes" = p."verifying_bytes" + d."verifying_bytes",
        "done_items" = p."done_items" + d."done_items",
        "done_bytes" = p."done_bytes" + d."done_bytes",
        "failed_items" = p."failed_items" + d."failed_items",
        "failed_bytes" = p."failed_bytes" + d."failed_bytes"
    FROM (
      SELECT "migration_id", "direction",
        coalesce(sum("n") FILTER (WHERE "state" = 'PENDING'), 0) AS "pending_items", coalesce(sum("n" * "size") FILTER (WHERE "state" = 'PENDING'), 0) AS "pending_bytes",
        coalesce(sum("n") FILTER (WHERE "state" = 'COPYING'), 0) AS "copying_items", coalesce(sum("n" * "size") FILTER (WHERE "state" = 'COPYING'), 0) AS "copying_bytes",
        coalesce(sum("n") FILTER (WHERE "state" = 'VERIFYING'), 0) AS "verifying_items", coalesce(sum("n" * "size") FILTER (WHERE "state" = 'VERIFYING'), 0) AS "verifying_bytes",
        coalesce(sum("n") FILTER (WHERE "state" = 'DONE'), 0) AS "done_items", coalesce(sum("n" * "size") FILTER (WHERE "state" = 'DONE'), 0) AS "done_bytes",
        coalesce(sum("n") FILTER (WHERE "state" = 'FAILED'), 0) AS "failed_items", coalesce(sum("n" * "size") FILTER (WHERE "state" = 'FAILED'), 0) AS "failed_bytes"
      FROM (SELECT "migration_id", "direction", "state", "size", 1 AS "n" FROM added UNION ALL SELECT "migration_id", "direction", "state", "size", -1 AS "n" FROM removed) AS changes
      GROUP BY "migration_id", "direction"
    ) d
    WHERE p."migration_id" = d."migration_id" AND p."direction" = d."direction";
  END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER "migration_items_added" AFTER INSERT ON "migration_items"
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION "count_migration_items"();
CREATE TRIGGER "migration_items_removed" AFTER DELETE ON "migration_items"
  REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION "count_migration_items"();
CREATE TRIGGER "migration_items_changed" AFTER UPDATE ON "migration_items"
  REFERENCING OLD TABLE AS removed NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION "count_migration_items"();
