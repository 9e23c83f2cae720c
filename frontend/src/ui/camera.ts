// A picture from the camera, taken on a button. It does not leave the page, and the camera is off again after it.
import { button, element } from "./dom.ts";
import { fromBitmap, type Image } from "./image.ts";

const REFUSED: Record<string, string> = {
  NotAllowedError: "The camera may not be used here. Allow it beside the address of the page, or open a picture.",
  NotFoundError: "There is no camera here. Open a picture instead.",
  NotReadableError: "Another program uses the camera. Close that program, or open a picture.",
};

export class Camera {
  readonly button: HTMLButtonElement;
  readonly el: HTMLElement; // what the camera sees, while it is on
  private readonly video = element("video", { muted: true, playsInline: true, "aria-label": "What the camera sees" });
  private readonly note = element("p", { className: "note" }, "The camera is asked for …");
  private readonly snap: HTMLButtonElement;
  private asked: object | null = null; // the turn in which it was asked for, or is on
  private stream: MediaStream | null = null;
  private readonly complain: (message: string) => void;

  /** `take` gets a picture of at most `side` pixels a side. There is no button where a page can have no camera. */
  constructor(side: number, take: (image: Image) => void, complain: (message: string) => void) {
    this.complain = complain;
    this.button = button("Camera", () => (this.asked ? this.stop() : void this.start()), {
      hidden: !navigator.mediaDevices,
      "aria-expanded": "false",
    });
    this.snap = button("Take the picture", async () => {
      const { asked } = this;
      if (!this.stream) return;
      const image = await fromBitmap(await createImageBitmap(this.video), side);
      if (asked !== this.asked) return;
      this.stop();
      take(image);
    });
    this.el = element("div", { className: "camera", hidden: true }, this.note, this.video, this.snap);
  }

  /** The camera is off, and waited for no longer. */
  stop(): void {
    this.stream?.getTracks().forEach((track) => track.stop());
    [this.stream, this.asked] = [null, null];
    this.show();
  }

  private async start(): Promise<void> {
    const asked = (this.asked = {});
    this.show();
    try {
      const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
      if (asked !== this.asked) return stream.getTracks().forEach((track) => track.stop());
      this.video.srcObject = this.stream = stream;
      await this.video.play();
    } catch (error) {
      if (asked !== this.asked) return;
      this.stop();
      const { name } = error as Error;
      this.complain(REFUSED[name] ?? `The camera could not be started (${name}). Open a picture instead.`);
    }
    this.show();
  }

  private show(): void {
    this.el.hidden = !this.asked;
    this.note.hidden = this.stream !== null;
    this.video.hidden = this.snap.hidden = !this.stream;
    this.button.setAttribute("aria-expanded", String(!this.el.hidden));
  }
}
