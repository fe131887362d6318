-- CreateTable
CREATE TABLE "audit_events" (
    "seq" BIGINT NOT NULL,
    "id" UUID NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "recorded_at" TIMESTAMPTZ(3) NOT NULL,
    "type" TEXT NOT NULL,
    "service" TEXT NOT NULL,
    "actor_id" TEXT,
    "target_type" TEXT,
    "target_id" TEXT,
    "ip" TEXT,
    "request_id" TEXT,
    "details" JSONB NOT NULL,
    "mac" BYTEA NOT NULL,

    CONSTRAINT "audit_events_pkey" PRIMARY KEY ("seq")
);

-- CreateTable
CREATE TABLE "audit_exports" (
    "day" DATE NOT NULL,
    "name" TEXT NOT NULL,
    "events" INTEGER NOT NULL,
    "last_seq" BIGINT NOT NULL,
    "head" BYTEA NOT NULL,
    "sha256" TEXT NOT NULL,
    "signature" TEXT NOT NULL,
    "exported_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "audit_exports_pkey" PRIMARY KEY ("day")
);

-- CreateIndex
CREATE UNIQUE INDEX "audit_events_id_key" ON "audit_events"("id");

-- CreateIndex
CREATE INDEX "audit_events_at_seq_idx" ON "audit_events"("at", "seq");

-- CreateIndex
CREATE INDEX "audit_events_recorded_at_seq_idx" ON "audit_events"("recorded_at", "seq");

-- CreateIndex
CREATE INDEX "audit_events_service_at_seq_idx" ON "audit_events"("service", "at", "seq");

-- CreateIndex
CREATE INDEX "audit_events_type_at_seq_idx" ON "audit_events"("type", "at", "seq");

-- CreateIndex
CREATE INDEX "audit_events_actor_id_at_seq_idx" ON "audit_events"("actor_id", "at", "seq");

-- CreateIndex
CREATE INDEX "audit_events_target_type_target_id_at_seq_idx" ON "audit_events"("target_type", "target_id", "at", "seq");

-- What was recorded is only ever added to: whoever works with the rows may insert and read, and nothing else.
DO $$ DECLARE other text; BEGIN
  FOR other IN SELECT DISTINCT grantee FROM information_schema.role_table_grants
    WHERE table_schema = 'public' AND table_name IN ('audit_events', 'audit_exports') AND grantee <> current_user
  LOOP EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER ON "audit_events", "audit_exports" FROM %I', other); END LOOP;
END $$;
