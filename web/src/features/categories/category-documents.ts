import { graphql, type FragmentOf } from '@/graphql/graphql.ts'

export const Category = graphql(`
  fragment Categories_Category on Category {
    id
    name
    color
    icon
    parentId
  }
`)
export type Category = FragmentOf<typeof Category>

export const Categories = graphql(
  `
    query Categories_All {
      categories {
        id
        ...Categories_Category
      }
    }
  `,
  [Category],
)

export const CreateCategory = graphql(
  `
    mutation Categories_Create($input: CreateCategoryInput!) {
      createCategory(input: $input) {
        __typename
        ... on CreateCategorySuccess {
          category {
            id
            ...Categories_Category
          }
        }
        ... on InvalidInputError {
          field
        }
        ... on Error {
          code
          message
        }
      }
    }
  `,
  [Category],
)

export const UpdateCategory = graphql(
  `
    mutation Categories_Update($input: UpdateCategoryInput!) {
      updateCategory(input: $input) {
        __typename
        ... on UpdateCategorySuccess {
          category {
            id
            ...Categories_Category
          }
        }
        ... on InvalidInputError {
          field
        }
        ... on Error {
          code
          message
        }
      }
    }
  `,
  [Category],
)

export const DeleteCategory = graphql(`
  mutation Categories_Delete($input: DeleteCategoryInput!) {
    deleteCategory(input: $input) {
      __typename
      ... on DeleteCategorySuccess {
        id
      }
      ... on Error {
        code
        message
      }
    }
  }
`)
