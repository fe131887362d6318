/**
 * The configuration of a Ceph of one machine. What matters: the monitor's address is explicit and of version 2; one
 * copy of everything; `tcp_nodelay`, without which most reads take 45 ms; bluestore, as the store in memory grows to
 * gigabytes.
 */
export function cephConfig(at: { folder: string; fsid: string; port: number; monitorPort: number }): string {
  return `
[global]
fsid = ${at.fsid}
mon_host = [v2:127.0.0.1:${at.monitorPort}/0]
public_addr = 127.0.0.1
cluster_addr = 127.0.0.1
keyring = ${at.folder}/keyring
run_dir = ${at.folder}/run
admin_socket = ${at.folder}/run/$name.asok
log_file = ${at.folder}/log/$name.log
pid_file = ${at.folder}/run/$name.pid
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 8
osd_pool_default_pgp_num = 8
osd_pool_default_pg_autoscale_mode = off
osd_crush_chooseleaf_type = 0
mon_warn_on_pool_no_redundancy = false
mon_allow_pool_size_one = true
mon_max_pg_per_osd = 1000
ms_bind_ipv6 = false
auth_allow_insecure_global_id_reclaim = false

[mon.a]
mon_data = ${at.folder}/mon
mon_data_avail_crit = 1
mon_data_avail_warn = 1

[osd.0]
osd_data = ${at.folder}/osd
keyring = ${at.folder}/keyring
osd_objectstore = bluestore
bluestore_block_size = 21474836480
bluestore_fsck_on_mount = false
osd_memory_target = 1073741824

[client.rgw.a]
rgw_frontends = beast endpoint=127.0.0.1:${at.port} tcp_nodelay=1
rgw_data = ${at.folder}/rgw
keyring = ${at.folder}/keyring
rgw_dynamic_resharding = false
rgw_enable_usage_log = false
rgw_thread_pool_size = 64
`
}
