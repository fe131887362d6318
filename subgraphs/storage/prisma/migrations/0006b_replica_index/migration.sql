-- Without statistics every index that begins with the place looks equally good; this one is, whichever is taken.
DROP INDEX "replicas_backend_id_state_idx";
CREATE INDEX "replicas_backend_id_state_blob_id_idx" ON "replicas"("backend_id", "state", "blob_id");
