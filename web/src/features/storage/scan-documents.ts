import { graphql, type FragmentOf } from '@/graphql/graphql.ts'

export const Scan = graphql(`
  fragment Storage_Scan on StorageScan {
    id
    state
    startedAt
    finishedAt
    total
    checked
    bytes
    ok
    damaged
    missing
    repaired
    orphans
    foreign
    places {
      message
      state
      backend {
        id
        name
      }
    }
  }
`)
export type Scan = FragmentOf<typeof Scan>

export const FixityReport = graphql(
  `
    query Storage_Fixity {
      fixityReport {
        running {
          id
          ...Storage_Scan
        }
        latest {
          id
          ...Storage_Scan
          findings(first: 50) {
            totalCount
            edges {
              cursor
              node {
                id
                kind
                key
                backendId
                foundAt
                repairedAt
              }
            }
          }
        }
      }
    }
  `,
  [Scan],
)

export const StartFixityScan = graphql(
  `
    mutation Storage_StartFixity($input: StartFixityScanInput!) {
      startFixityScan(input: $input) {
        __typename
        ... on StartFixityScanSuccess {
          scan {
            id
            ...Storage_Scan
          }
        }
        ... on Error {
          code
          message
        }
      }
    }
  `,
  [Scan],
)

export const Garbage = graphql(
  `
    query Storage_Garbage {
      storageGarbage {
        scan {
          id
          ...Storage_Scan
        }
        places {
          backend {
            id
            name
          }
          objects
          bytes
          due
          held
          since
        }
      }
    }
  `,
  [Scan],
)

export const StartOrphanScan = graphql(
  `
    mutation Storage_StartOrphans($input: StartOrphanScanInput!) {
      startOrphanScan(input: $input) {
        __typename
        ... on StartOrphanScanSuccess {
          scan {
            id
            ...Storage_Scan
          }
        }
        ... on Error {
          code
          message
        }
      }
    }
  `,
  [Scan],
)

export const ApproveGarbage = graphql(`
  mutation Storage_ApproveGarbage($input: ApproveGarbageDeletionInput!) {
    approveGarbageDeletion(input: $input) {
      __typename
      ... on ApproveGarbageDeletionSuccess {
        objects
      }
      ... on Error {
        code
        message
      }
    }
  }
`)
