import Foundation
import Reconstruction
import Testing

@Suite("Recipes")
struct ReconstructionRecipeTests {
  @Test("The recipe of the paper has the defaults of the public reference")
  func paper() {
    let recipe = ReconstructionRecipe.paper
    #expect(recipe.loss == .mse && recipe.batch == 32)
    #expect(recipe.start == .nearest && recipe.decayStart == 1)
    #expect(recipe.weightSteps == 20_000 && recipe.weightRate == 1e-3)
    #expect(recipe.roundingLambda == 0.01 && recipe.warmUp == 0.2)
    #expect(recipe.firstTemperature == 20 && recipe.lastTemperature == 2)
    #expect(recipe.activationSteps == 5_000 && recipe.activationRate == 4e-4)
    #expect(recipe.activationExponent == 2.4)
  }

  @Test(
    "A recipe survives JSON", arguments: [ReconstructionRecipe.paper, .standard, .quick, .gptq])
  func json(recipe: ReconstructionRecipe) throws {
    var recipe = recipe
    recipe.loss = .fisher
    let data = try JSONEncoder().encode(recipe)
    #expect(try JSONDecoder().decode(ReconstructionRecipe.self, from: data) == recipe)
  }
}
