import Reconstruction
import Testing

@Suite("The temperature of the rounding regulariser")
struct TemperatureScheduleTests {
  private let schedule = TemperatureSchedule(steps: 1000, warmUp: 0.2, first: 20, last: 2)

  @Test("There is no temperature before the end of the warm-up")
  func warmUp() {
    for step in [1, 100, 199] { #expect(schedule.temperature(at: step) == nil) }
  }

  @Test("It is 20 at the end of the warm-up and 2 at the last step")
  func ends() {
    #expect(schedule.temperature(at: 200) == 20)
    #expect(schedule.temperature(at: 1000) == 2)
  }

  @Test("It falls linearly in between")
  func linear() throws {
    for step in 200..<1000 {
      let here = try #require(schedule.temperature(at: step))
      let next = try #require(schedule.temperature(at: step + 1))
      #expect(abs(here - next - 18.0 / 800) < 1e-9)
    }
  }

  @Test("The warm-up may be empty or leave only the last step")
  func otherWarmUps() {
    let none = TemperatureSchedule(steps: 100, warmUp: 0, first: 20, last: 2)
    #expect(none.temperature(at: 50) == 11)
    let all = TemperatureSchedule(steps: 100, warmUp: 1, first: 20, last: 2)
    #expect(all.temperature(at: 99) == nil)
    #expect(all.temperature(at: 100) == 2)
  }
}
