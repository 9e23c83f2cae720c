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
  private asked = false;
  private stream: MediaStream | null = null;
  private readonly complain: (message: string) => void;

  /** `take` gets a picture of at most `side` pixels a side. There is no button where a page can have no camera. */
  constructor(side: number, take: (image: Image) => void, complain: (message: string) => void) {
    this.complain = complain;
    this.button = button("Camera", () => (this.stream ? this.stop() : void this.start()), {
      hidden: !navigator.mediaDevices,
      "aria-expanded": "false",
    });
    this.snap = button("Take the picture", async () => {
      if (!this.stream) return;
      const bitmap = await createImageBitmap(this.video);
      this.stop();
      take(await fromBitmap(bitmap, side));
    });
    this.el = element("div", { className: "camera", hidden: true }, this.note, this.video, this.snap);
  }

  stop(): void {
    this.stream?.getTracks().forEach((track) => track.stop());
    this.stream = null;
    this.show();
  }

  private async start(): Promise<void> {
    if (this.asked) return;
    this.asked = true;
    this.show();
    try {
      this.stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
      this.video.srcObject = this.stream;
      await this.video.play();
    } catch (error) {
      this.stop();
      const { name } = error as Error;
      this.complain(REFUSED[name] ?? `The camera could not be started (${name}). Open a picture instead.`);
    }
    this.asked = false;
    this.show();
  }

  private show(): void {
    this.el.hidden = !this.stream && !this.asked;
    this.note.hidden = this.stream !== null;
    this.video.hidden = this.snap.hidden = !this.stream;
    this.button.setAttribute("aria-expanded", String(!this.el.hidden));
  }
}
